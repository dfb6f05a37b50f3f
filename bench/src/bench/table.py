"""The figures as text."""

from collections.abc import Sequence

from bench.lanes import Comparison
from bench.summary import LaneSummary, RatioSummary, Spread

_WORD = {True: "reached", False: "not reached", None: ""}


def lanes(summaries: Sequence[LaneSummary]) -> str:
    """Return one row a lane."""
    rows = [("", "requests/s", "per CPU second", "p50 ms", "p99 ms", "kept", "failed")]
    for one in summaries:
        kept = "" if one.kept is None else f"{one.kept.median:.0%}"
        speeds = _spread(one.per_second, 0), _spread(one.per_cpu_second, 0)
        latencies = f"{one.p50_ms.median:.1f}", f"{one.p99_ms.median:.1f}"
        rows.append((str(one.lane), *speeds, *latencies, kept, str(one.failed)))
    return _aligned(rows)


def ratios(summaries: Sequence[RatioSummary]) -> str:
    """Return one row a comparison."""
    rows = [("ours over theirs", "requests/s", "per CPU second", "p99", "target", "")]
    for one in summaries:
        names = f"{one.comparison.ours} / {one.comparison.theirs}"
        figures = _spread(one.per_second), _spread(one.per_cpu_second), _spread(one.p99)
        rows.append((names, *figures, _targets(one.comparison), _WORD[one.reached]))
    return _aligned(rows)


def _targets(comparison: Comparison) -> str:
    speed = "" if comparison.target is None else f">= {comparison.target:g}"
    tail = "" if comparison.p99_target is None else f", p99 <= {comparison.p99_target:g}"
    return speed + tail


def _spread(spread: Spread, digits: int = 2) -> str:
    return f"{spread.median:.{digits}f} ({spread.least:.{digits}f}-{spread.most:.{digits}f})"


def _aligned(rows: Sequence[tuple[str, ...]]) -> str:
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)
