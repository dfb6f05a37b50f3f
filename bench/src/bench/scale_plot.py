"""How things scale, as a picture."""

from collections.abc import Sequence
from pathlib import Path
from statistics import median

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.filled_store import StoreSample
from bench.lanes import INCREMENT, READ
from bench.one_user import UserCost
from bench.workers import WorkersSample

_COLOURS = {READ: "#0b6e6e", INCREMENT: "#c46a1b"}


def save(
    stores: Sequence[StoreSample],
    costs: Sequence[UserCost],
    workers: Sequence[WorkersSample],
    path: Path,
) -> None:
    """Draw medians as lines and every round as a dot."""
    figure = Figure(figsize=(12, 7), layout="constrained")
    ((cpu, script), (verbs, speed)) = figure.subplots(2, 2)
    _over_sessions(cpu, stores, [one.cpu_ms for one in stores], "CPU of it all, ms/1,000 answers")
    _over_sessions(script, stores, [one.redis.us_a_call for one in stores], "script, microseconds")
    for verb in costs[0].verb_us:
        sizes = [one.sessions for one in costs]
        verbs.loglog(sizes, [one.verb_us[verb] for one in costs], marker="o", label=verb)
    verbs.set_xlabel("sessions of one person")
    verbs.set_ylabel("one call in Redis, microseconds")
    verbs.legend(fontsize=8)
    counts = sorted({one.workers for one in workers})
    for n, number in enumerate(counts):
        own = [one.seen.per_second for one in workers if one.workers == number]
        speed.bar(n, median(own), color=_COLOURS[READ], width=0.6)
        speed.scatter([n] * len(own), own, color="black", s=9, zorder=3)
    speed.set_xticks(range(len(counts)), [str(number) for number in counts])
    speed.set_xlabel("workers of the gateway, all on the same processors as Redis and the client")
    speed.set_ylabel("reads per second")
    figure.savefig(path, dpi=100)


def _over_sessions(
    axes: Axes, samples: Sequence[StoreSample], values: Sequence[float], label: str
) -> None:
    for work, colour in _COLOURS.items():
        own = [
            (one.sessions, value)
            for one, value in zip(samples, values, strict=True)
            if one.work == work
        ]
        sizes = sorted({size for size, _ in own})
        axes.scatter([size for size, _ in own], [value for _, value in own], color=colour, s=9)
        medians = [median(value for of, value in own if of == size) for size in sizes]
        axes.plot(sizes, medians, color=colour, label=work)
    axes.set_xscale("log")
    axes.set_ylim(bottom=0)
    axes.set_xlabel("sessions in Redis")
    axes.set_ylabel(label)
    axes.legend(fontsize=8)
