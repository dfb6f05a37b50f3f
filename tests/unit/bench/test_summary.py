"""What the benchmark makes of its samples."""

import pytest

from bench.lanes import EXPRESS, HOLDFAST, INCREMENT, READ, VERIFY, Lane
from bench.measurement import Measurement
from bench.rounds import Sample
from bench.summary import Spread, lanes, ratios

OURS, THEIRS = Lane(HOLDFAST, READ), Lane(EXPRESS, READ)


def sample(number: int, lane: Lane, per_second: float, p99_ms: float = 1.0) -> Sample:
    return Sample(number, lane, Measurement(per_second, 0.5, p99_ms, 1000, 0), 2 * per_second, None)


def test_ratios_are_taken_within_a_round_whatever_its_order() -> None:
    """A machine that slows down between rounds changes no ratio."""
    seen = [sample(0, OURS, 9000, 2), sample(0, THEIRS, 3000, 4)]
    seen += [sample(1, THEIRS, 300, 40), sample(1, OURS, 900, 20)]
    (ratio,) = ratios(seen)

    assert ratio.per_second == Spread(3, 3, 3)
    assert ratio.per_cpu_second == Spread(3, 3, 3)
    assert ratio.p99 == Spread(0.5, 0.5, 0.5)
    assert ratio.reached is True


def test_a_target_is_judged_by_the_median() -> None:
    seen = [sample(n, OURS, speed) for n, speed in enumerate([2900, 2990, 9000])]
    seen += [sample(n, THEIRS, 1000) for n in range(3)]
    (ratio,) = ratios(seen)

    assert ratio.per_second == Spread(2.99, 2.9, 9)
    assert ratio.reached is False


def test_a_fast_lane_with_a_long_tail_has_not_reached_its_targets() -> None:
    seen = [sample(0, OURS, 9000, p99_ms=3), sample(0, THEIRS, 1000, p99_ms=4)]

    assert [ratio.reached for ratio in ratios(seen)] == [False]


def test_comparisons_with_somebody_who_is_not_here_are_left_out() -> None:
    seen = [sample(0, OURS, 1), sample(0, Lane(HOLDFAST, VERIFY), 1)]

    assert ratios(seen) == []
    assert [summary.lane for summary in lanes(seen)] == [OURS, Lane(HOLDFAST, VERIFY)]


def test_failures_of_all_rounds_are_told() -> None:
    broken = Measurement(1, 1, 1, 1, 2)
    (summary,) = lanes([Sample(n, OURS, broken, 1, kept) for n, kept in enumerate([1.0, 0.5])])

    assert summary.failed == 4
    assert summary.kept == Spread(0.75, 0.5, 1.0)


@pytest.mark.parametrize(("kept", "reached"), [([1.0, 1.0], True), ([1.0, 0.99], False)])
def test_a_target_that_allows_no_loss_is_missed_by_one_lost_increment(
    kept: list[float], reached: bool
) -> None:
    fast, slow = Measurement(9000, 1, 1, 1, 0), Measurement(1000, 1, 1, 1, 0)
    ours = [Sample(n, Lane(HOLDFAST, INCREMENT), fast, 1, share) for n, share in enumerate(kept)]
    theirs = [Sample(n, Lane(EXPRESS, INCREMENT), slow, 1, 0.1) for n in range(2)]

    assert [ratio.reached for ratio in ratios([*ours, *theirs])] == [reached]
