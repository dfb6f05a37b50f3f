"""`make dashboard`: the dashboard's questions, answered by a real Prometheus during a load run.

Grafana draws them likewise; this is drawn from the same answers. Redis is killed on the way.
"""

import math
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import matplotlib as mpl
import matplotlib.pyplot as plt
from e2e.conftest import started
from matplotlib.axes import Axes
from support import crowd, prometheus
from support.prometheus import INTERVAL, Panel, Prometheus

KINDS = ("visitor", "shopper", "many-devices", "double-clicker", "login-storm", "polling-tab")
LOAD_SECONDS, REDIS_DIES_AT, REDIS_IS_BACK_AT = 40, 20, 24
# A rate needs some scrapes.
FIRST_SCRAPES = 7
COLUMNS, COLUMN_WIDTH = 3, 8
LINES_NAMED = 7


@contextmanager
def busy(urls: list[str], people: int) -> Iterator[None]:
    """Let people live on a stack, one life after another, until it is over."""
    over = threading.Event()

    def live() -> None:
        while not over.is_set():
            crowd.live(urls, KINDS, threads=2)

    threads = [threading.Thread(target=live) for _ in range(people)]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        over.set()
        for thread in threads:
            thread.join()


def name_of(legend: str, labels: dict[str, str]) -> str:
    """Fill a legend's {{label}} in."""
    for label, value in labels.items():
        legend = legend.replace("{{" + label + "}}", value)
    return legend


def draw(axes: Axes, panel: Panel, metrics: Prometheus, begin: float, end: float) -> None:
    """Draw one panel, seconds since the beginning along the bottom."""
    drawn = []
    for query, legend in panel.queries.items():
        asked = query.replace("$__rate_interval", INTERVAL)
        told = metrics.ask("query_range", query=asked, start=str(begin), end=str(end), step="1")
        for line in told["result"]:
            points = [(float(at) - begin, float(value)) for at, value in line["values"]]
            kept = [point for point in points if not math.isnan(point[1])]
            if kept:
                drawn.append((max(y for _, y in kept), name_of(legend, line["metric"]), kept))
    # The largest have a name; the others would hide the picture.
    for n, (_, name, points) in enumerate(sorted(drawn, key=lambda one: -one[0])):
        axes.plot(*zip(*points, strict=True), label=name if n < LINES_NAMED else None, lw=1.3)
    axes.set_title(panel.title, fontsize=10, loc="left", weight="bold")
    axes.axvspan(REDIS_DIES_AT, REDIS_IS_BACK_AT, color="#d33", alpha=0.12, lw=0)
    axes.set_xlim(FIRST_SCRAPES, end - begin)
    axes.set_ylim(bottom=0)
    axes.grid(alpha=0.25)
    axes.legend(fontsize=6.5, loc="upper left", framealpha=0.8)


def picture(metrics: Prometheus, begin: float, end: float, path: Path) -> None:
    """Draw all panels where the dashboard has them."""
    mpl.use("Agg")
    asked = prometheus.panels()
    rows = sorted({panel.place["y"] for panel in asked})
    figure, grid = plt.subplots(len(rows), COLUMNS, figsize=(15, 3 * len(rows)), sharex=True)
    for panel in asked:
        axes = grid[rows.index(panel.place["y"]), panel.place["x"] // COLUMN_WIDTH]
        draw(axes, panel, metrics, begin, end)
    for axes in grid[-1]:
        axes.set_xlabel("seconds; red: Redis is gone", fontsize=8)
    figure.tight_layout()
    figure.savefig(path, dpi=80)


def until(begin: float, seconds: float, do: Callable[[], object]) -> None:
    """Do something so many seconds after the beginning."""
    time.sleep(max(0.0, begin + seconds - time.time()))
    do()


def main() -> None:
    """Put the picture where the command line says."""
    often = {"HOLDFAST_ANONYMOUS_PER_CLIENT": "1000000", "HOLDFAST_LOGIN_ATTEMPTS": "1000"}
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        with started(room / "run", **often) as stack, prometheus.running(room, stack) as metrics:
            begin = time.time()
            with busy(stack.urls, 2):
                until(begin, REDIS_DIES_AT, stack.processes["redis"].kill)
                until(begin, REDIS_IS_BACK_AT, lambda: stack.restart("redis"))
                until(begin, LOAD_SECONDS, lambda: None)
            picture(metrics, begin, begin + LOAD_SECONDS, Path(sys.argv[1]))
    print(sys.argv[1])  # noqa: T201 - a command line prints


if __name__ == "__main__":
    main()
