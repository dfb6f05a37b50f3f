"""The report's plots, as SVG whose text and lines take the page's own colour."""

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import pairwise
from typing import Any

import matplotlib as mpl
import numpy as np
from cycler import cycler
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import LogLocator, NullFormatter
from numpy.typing import NDArray

from loadtests import aftermath
from loadtests.record import Mark
from loadtests.series import NO_ANSWER, Series

_INK = "#010203"
"""Stands for the page's colour until the SVG is written."""
_STYLE: Any = {  # Its type would be the list of all settings of matplotlib.
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 9,
    "text.color": _INK,
    "axes.labelcolor": _INK,
    "axes.edgecolor": _INK,
    "xtick.color": _INK,
    "ytick.color": _INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.alpha": 0.2,
    "grid.color": _INK,
    "legend.frameon": False,
    # Told apart on light and on dark ground, and by people who are colour-blind (Okabe, Ito).
    "axes.prop_cycle": cycler(
        color=["#0090d0", "#e08a00", "#00a277", "#d65f9f", "#d2501e", "#8a7fd8", "#a0a000"]
    ),
}
_RED = "#e0503c"
_BINS, _LEAST_SECONDS = 120, 1.0
_WIDTH, _HEIGHT = 8.6, 2.7

Column = NDArray[np.float64]


class Timeline:
    """A record's columns on a common axis of seconds, in bins."""

    def __init__(self, series: Series, marks: list[Mark]) -> None:
        start = np.frombuffer(series.start, dtype=np.int64) if series.start else np.zeros(1)
        self.zero = int(start.min())
        took = np.frombuffer(series.took, dtype=np.int64) if series.took else np.zeros(1)
        self.ms: Column = took / 1000
        self.seconds: Column = (start + took - self.zero) / 1e6
        self.failed = np.frombuffer(series.failed, dtype=np.uint8) > 0
        self.series, self.marks = series, sorted(marks, key=lambda mark: mark.start)
        self.aftermaths = aftermath.of(series, marks)
        self.step = max(_LEAST_SECONDS, float(self.seconds.max()) / _BINS)
        self.edges: Column = np.arange(0, float(self.seconds.max()) + self.step, self.step)

    def by_call(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each call with its rows, the most frequent first."""
        yield from _groups(np.frombuffer(self.series.call, np.uint8), self.series.calls)

    def by_instance(self) -> Iterator[tuple[str, NDArray[np.bool_]]]:
        """Yield each instance with its rows, the busiest first."""
        column = np.frombuffer(self.series.instance, np.uint16)
        for name, rows in _groups(column, self.series.instances):
            if name != NO_ANSWER:
                yield name, rows

    def rate(self, rows: NDArray[np.bool_]) -> Column:
        """Return requests per second in each bin."""
        return np.histogram(self.seconds[rows], self.edges)[0] / self.step

    def percentile(self, rows: NDArray[np.bool_], share: float) -> Column:
        """Return a percentile of the latency in each bin; NaN where nothing was answered."""
        which = np.digitize(self.seconds[rows], self.edges) - 1
        ms, order = self.ms[rows], np.argsort(which, kind="stable")
        cuts = np.searchsorted(which[order], np.arange(len(self.edges)))
        parts = [ms[order][a:b] for a, b in pairwise(cuts)]
        return np.array([np.percentile(part, share) if len(part) else np.nan for part in parts])


def _groups(
    column: NDArray[np.generic], names: dict[str, int]
) -> list[tuple[str, NDArray[np.bool_]]]:
    rows = [(name, np.asarray(column == number)) for name, number in names.items()]
    return sorted(rows, key=lambda pair: -int(pair[1].sum()))


@contextmanager
def _axes(into: list[str], x: str, y: str) -> Iterator[Axes]:
    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        axes = figure.subplots()
        axes.set_xlabel(x)
        axes.set_ylabel(y)
        yield axes
        if axes.get_legend_handles_labels()[0]:
            axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5), fontsize=8)
        out = io.StringIO()
        figure.savefig(out, format="svg", transparent=True, metadata={"Date": None})
    svg = out.getvalue()
    into.append(svg[svg.index("<svg") :].replace(_INK, "currentColor"))


def _bands(axes: Axes, timeline: Timeline) -> None:
    for mark, told in zip(timeline.marks, timeline.aftermaths, strict=True):
        begin, end = ((at - timeline.zero) / 1e6 for at in (mark.start, mark.end))
        axes.axvspan(begin, end, color=_RED, alpha=0.18, lw=0)
        axes.annotate(
            f"{mark.what}: {told.recovery}",
            (begin, 1),
            xycoords=("data", "axes fraction"),
            fontsize=8,
        )


def over_time(
    timeline: Timeline, y: str, draw: Callable[[Axes, Column], None], *, log: bool = False
) -> str:
    """Return a plot over the run's seconds, with what was broken as marked bands."""
    made: list[str] = []
    with _axes(made, "seconds", y) as axes:
        draw(axes, timeline.edges[:-1] + timeline.step / 2)
        axes.set_xlim(0, float(timeline.edges[-1]))
        if log:
            axes.set_yscale("log")
            axes.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
            axes.yaxis.set_major_formatter("{x:g}")
            axes.yaxis.set_minor_formatter(NullFormatter())
        else:
            axes.set_ylim(bottom=0)
        _bands(axes, timeline)
    return made[0]


def throughput(timeline: Timeline) -> str:
    """Draw answers per second by instance, and what failed."""

    def draw(axes: Axes, at: Column) -> None:
        for name, rows in timeline.by_instance():
            axes.plot(at, timeline.rate(rows & ~timeline.failed), label=name, lw=1.4)
        if timeline.failed.any():
            axes.plot(at, timeline.rate(timeline.failed), ":", color=_RED, label="failed", lw=1.6)

    return over_time(timeline, "answers/s", draw)


def latency_by_call(timeline: Timeline, share: float) -> str:
    """Draw a percentile of the latency over time, of each call often made."""

    def draw(axes: Axes, at: Column) -> None:
        for name, rows in list(timeline.by_call())[:7]:
            axes.plot(at, timeline.percentile(rows, share), label=name, lw=1.2)

    return over_time(timeline, f"p{share:g}, ms", draw, log=True)


def latency_by_instance(timeline: Timeline) -> str:
    """Draw median and p99 over time, by instance."""

    def draw(axes: Axes, at: Column) -> None:
        for number, (name, rows) in enumerate(timeline.by_instance()):
            for share, style in ((50, "-"), (99, ":")):
                values = timeline.percentile(rows, share)
                axes.plot(at, values, style, color=f"C{number}", label=f"{name} p{share}", lw=1.2)

    return over_time(timeline, "ms", draw, log=True)


def expiry(errors_ms: list[float]) -> str:
    """Draw how far observed ends of sessions were from the promised ones."""
    made: list[str] = []
    with _axes(made, "observed minus promised end, ms", "sessions") as axes:
        axes.hist(errors_ms, bins=min(40, max(10, len(errors_ms) // 2)), color="C0")
        axes.axvline(0, color=_INK, lw=0.8)
    return made[0]
