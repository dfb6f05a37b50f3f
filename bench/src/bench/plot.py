"""The figures as a picture."""

from collections.abc import Sequence
from pathlib import Path

from matplotlib.figure import Figure

from bench.rounds import Sample
from bench.summary import by_lane, lanes

_COLOURS = ("#0b6e6e", "#c46a1b", "#5b5bd6", "#8a8a8a")


def save(samples: Sequence[Sample], connections: int, path: Path) -> None:
    """Draw requests per second and p99 of every lane: bars are medians, dots are rounds."""
    summaries, rounds = lanes(samples), by_lane(samples)
    subjects = list(dict.fromkeys(summary.lane.subject for summary in summaries))
    colours = [_COLOURS[subjects.index(one.lane.subject) % len(_COLOURS)] for one in summaries]
    names = [str(one.lane) for one in summaries]
    figure = Figure(figsize=(10, 1.2 + 0.42 * len(names)), layout="constrained")
    speed, tail = figure.subplots(1, 2, sharey=True)
    speed.barh(names, [one.per_second.median for one in summaries], color=colours)
    tail.barh(names, [one.p99_ms.median for one in summaries], color=colours)
    for one in summaries:
        own = rounds[one.lane]
        dots = {"color": "black", "s": 9, "zorder": 3}
        speed.scatter(
            [sample.seen.per_second for sample in own], [str(one.lane)] * len(own), **dots
        )
        tail.scatter([sample.seen.p99_ms for sample in own], [str(one.lane)] * len(own), **dots)
    speed.invert_yaxis()
    speed.set_xlabel("requests per second (more is better)")
    tail.set_xlabel("99th percentile, ms (less is better)")
    figure.suptitle(f"One core for the whole server side with its Redis, {connections} connections")
    figure.savefig(path, dpi=120)
