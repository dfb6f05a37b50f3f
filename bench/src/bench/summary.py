"""Medians over rounds: of every lane, and of the ratios within a round."""

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.lanes import COMPARISONS, Comparison, Lane
from bench.rounds import Sample


@dataclass(frozen=True)
class Spread:
    """A median with the least and the most that was seen."""

    median: float
    least: float
    most: float

    @classmethod
    def of(cls, values: Sequence[float]) -> "Spread":
        """Make it of at least one value."""
        return cls(median(values), min(values), max(values))


@dataclass(frozen=True)
class LaneSummary:
    """A lane over all rounds."""

    lane: Lane
    per_second: Spread
    per_cpu_second: Spread
    p50_ms: Spread
    p99_ms: Spread
    kept: Spread | None
    failed: int


@dataclass(frozen=True)
class RatioSummary:
    """A comparison over all rounds: each figure is ours over theirs.

    `kept` is the least share of acknowledged increments that ours kept; None where nothing counts.
    """

    comparison: Comparison
    per_second: Spread
    per_cpu_second: Spread
    p99: Spread
    kept: float | None

    @property
    def reached(self) -> bool | None:
        """Tell whether the medians reach every target; None where there is none."""
        targets = self.comparison
        if targets.target is None and targets.p99_target is None:
            return None
        fast = targets.target is None or self.per_second.median >= targets.target
        prompt = targets.p99_target is None or self.p99.median <= targets.p99_target
        return fast and prompt and (self.kept == 1 or not targets.all_kept)


def by_lane(samples: Sequence[Sample]) -> dict[Lane, list[Sample]]:
    """Group by lane, each in the order of rounds."""
    grouped: dict[Lane, list[Sample]] = {}
    for sample in sorted(samples, key=lambda sample: sample.round):
        grouped.setdefault(sample.lane, []).append(sample)
    return grouped


def lanes(samples: Sequence[Sample]) -> list[LaneSummary]:
    """Summarise every lane."""
    return [_lane(lane, own) for lane, own in by_lane(samples).items()]


def _lane(lane: Lane, samples: Sequence[Sample]) -> LaneSummary:
    kept = [sample.kept for sample in samples if sample.kept is not None]
    return LaneSummary(
        lane,
        Spread.of([sample.seen.per_second for sample in samples]),
        Spread.of([sample.per_cpu_second for sample in samples]),
        Spread.of([sample.seen.p50_ms for sample in samples]),
        Spread.of([sample.seen.p99_ms for sample in samples]),
        Spread.of(kept) if kept else None,
        sum(sample.seen.failed for sample in samples),
    )


def ratios(samples: Sequence[Sample]) -> list[RatioSummary]:
    """Summarise every comparison whose two lanes were measured."""
    grouped = by_lane(samples)
    return [
        _ratio(comparison, grouped[comparison.ours], grouped[comparison.theirs])
        for comparison in COMPARISONS
        if {comparison.ours, comparison.theirs} <= grouped.keys()
    ]


def _ratio(
    comparison: Comparison, ours: Sequence[Sample], theirs: Sequence[Sample]
) -> RatioSummary:
    pairs = list(zip(ours, theirs, strict=True))
    kept = [one.kept for one in ours if one.kept is not None]
    return RatioSummary(
        comparison,
        Spread.of([one.seen.per_second / other.seen.per_second for one, other in pairs]),
        Spread.of([one.per_cpu_second / other.per_cpu_second for one, other in pairs]),
        Spread.of([one.seen.p99_ms / other.seen.p99_ms for one, other in pairs]),
        min(kept, default=None),
    )
