"""The figures as a picture."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from bench.lanes import HOLDFAST
from bench.summary import LaneSummary, RatioSummary, Spread

_OURS, _THEIRS, _MISSED = "#0b6e6e", "#b9b4aa", "#c46a1b"
_ROW_INCHES, _HEAD_INCHES = 0.27, 1.1


def save(
    lanes: Sequence[LaneSummary], ratios: Sequence[RatioSummary], connections: int, path: Path
) -> None:
    """Draw the ratios with their targets, then speed and p99 of every lane, grouped by work.

    Bars are medians, lines go from the least to the most of all rounds.
    """
    heights = [len(ratios) or 1, len(lanes)]
    inches = sum(heights) * _ROW_INCHES + 2 * _HEAD_INCHES
    figure = Figure(figsize=(11, inches), layout="constrained")
    grid = figure.add_gridspec(2, 2, height_ratios=heights)
    _ratios(figure.add_subplot(grid[0, :]), ratios)
    speed = figure.add_subplot(grid[1, 0])
    tail = figure.add_subplot(grid[1, 1], sharey=speed)
    grouped = sorted(lanes, key=_work_order(lanes))
    _bars(speed, grouped, [one.per_second for one in grouped], "answers per second, more is better")
    _bars(tail, grouped, [one.p99_ms for one in grouped], "99th percentile in ms, less is better")
    tail.tick_params(labelleft=False)
    # Both share it.
    speed.invert_yaxis()
    figure.suptitle(
        f"One worker and its Redis on one core, client on another, {connections} connections"
    )
    figure.savefig(path, dpi=100)


def _work_order(lanes: Sequence[LaneSummary]) -> Callable[[LaneSummary], tuple[int, bool, float]]:
    works = list(dict.fromkeys(one.lane.work for one in lanes))
    return lambda one: (
        works.index(one.lane.work),
        one.lane.subject != HOLDFAST,
        -one.per_second.median,
    )


def _ratios(axes: Axes, ratios: Sequence[RatioSummary]) -> None:
    for row, one in enumerate(ratios):
        seen, target = one.per_second, one.comparison.target
        colour = _MISSED if one.reached is False else _OURS
        axes.barh(row, seen.median, color=colour, height=0.62)
        axes.plot([seen.least, seen.most], [row, row], color="black", linewidth=1)
        if target:
            axes.plot([target, target], [row - 0.45, row + 0.45], color="crimson", linewidth=2)
        axes.annotate(
            f" {seen.median:.2f}", (max(seen.most, target or 0), row), va="center", fontsize=8
        )
    names = [f"{one.comparison.ours} / {one.comparison.theirs}" for one in ratios]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.axvline(1, color="grey", linewidth=0.8, linestyle=":")
    axes.set_xlabel("ours over theirs, answers per second; red: target; orange: a target is missed")
    axes.margins(y=0.02)
    axes.invert_yaxis()


def _number(value: float) -> str:
    return f" {value:,.0f}" if value >= 100 else f" {value:.1f}"  # noqa: PLR2004 - three digits


def _bars(axes: Axes, lanes: Sequence[LaneSummary], spreads: Sequence[Spread], label: str) -> None:
    for row, (one, seen) in enumerate(zip(lanes, spreads, strict=True)):
        colour = _OURS if one.lane.subject == HOLDFAST else _THEIRS
        axes.barh(row, seen.median, color=colour, height=0.7)
        axes.plot([seen.least, seen.most], [row, row], color="black", linewidth=1)
        axes.annotate(_number(seen.median), (seen.most, row), va="center", fontsize=8)
    # Bare Redis and downloads of a MiB stand in one picture.
    axes.set_xscale("log")
    axes.margins(x=0.2, y=0.02)
    names = [f"{one.lane.work}  {one.lane.subject}" for one in lanes]
    axes.set_yticks(range(len(names)), names, fontsize=8)
    axes.set_xlabel(label)
