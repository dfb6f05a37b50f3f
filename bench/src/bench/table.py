"""The figures as rows of text."""

from collections.abc import Sequence

from bench.lanes import Comparison
from bench.summary import LaneSummary, RatioSummary, Spread

Row = tuple[str, ...]
_WORD = {True: "reached", False: "not reached", None: ""}


def lanes(summaries: Sequence[LaneSummary]) -> list[Row]:
    """Return a head and one row a lane."""
    rows: list[Row] = [("", "answers/s", "per CPU second", "p50 ms", "p99 ms", "kept", "failed")]
    for one in summaries:
        kept = "" if one.kept is None else f"{one.kept.median:.0%}"
        speeds = spread(one.per_second, 0), spread(one.per_cpu_second, 0)
        latencies = f"{one.p50_ms.median:.1f}", f"{one.p99_ms.median:.1f}"
        rows.append((str(one.lane), *speeds, *latencies, kept, str(one.failed)))
    return rows


def ratios(summaries: Sequence[RatioSummary]) -> list[Row]:
    """Return a head and one row a comparison."""
    rows: list[Row] = [("ours over theirs", "answers/s", "per CPU second", "p99", "target", "")]
    for one in summaries:
        names = f"{one.comparison.ours} / {one.comparison.theirs}"
        figures = spread(one.per_second), spread(one.per_cpu_second), spread(one.p99)
        rows.append((names, *figures, _targets(one.comparison), _WORD[one.reached]))
    return rows


def text(rows: Sequence[Row]) -> str:
    """Lay rows out for a terminal."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    lines = ("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
    return "\n".join(lines)


def markdown(rows: Sequence[Row]) -> str:
    """Lay rows out for a document."""
    head, *body = rows
    marks = ("---", *("---:" for _ in head[1:]))
    return "\n".join(f"| {' | '.join(row)} |" for row in (head, marks, *body)) + "\n"


def _targets(comparison: Comparison) -> str:
    parts = (
        "" if comparison.target is None else f">= {comparison.target:g}",
        "" if comparison.p99_target is None else f"p99 <= {comparison.p99_target:g}",
        "nothing lost" if comparison.all_kept else "",
    )
    return ", ".join(filter(None, parts))


def spread(seen: Spread, digits: int = 2) -> str:
    """Return a median with the least and the most."""
    return f"{seen.median:.{digits}f} ({seen.least:.{digits}f}-{seen.most:.{digits}f})"
