"""Which lanes run, when somebody asks for some of the work."""

from bench.lanes import (
    BARE_READ,
    COMPARISONS,
    EXPRESS,
    HEALTH,
    HOLDFAST,
    INCREMENT,
    OTHERS,
    READ,
    REDIS,
    WORKS,
    Lane,
    chosen,
)


def test_a_kind_of_work_brings_whatever_it_is_compared_with() -> None:
    lanes = chosen([READ], [EXPRESS, REDIS])

    ours = {Lane(HOLDFAST, READ), Lane(HOLDFAST, HEALTH)}
    assert set(lanes) == ours | {Lane(EXPRESS, READ), Lane(REDIS, READ), Lane(REDIS, BARE_READ)}
    assert len(lanes) == len(set(lanes))


def test_with_nobody_to_compare_with_ours_runs_alone() -> None:
    assert chosen([INCREMENT], []) == [Lane(HOLDFAST, INCREMENT)]


def test_everything_is_every_comparison_there_is() -> None:
    everybody = {lane for one in COMPARISONS for lane in (one.ours, one.theirs)}

    assert set(chosen(WORKS, OTHERS)) == everybody
