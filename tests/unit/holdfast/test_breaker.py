"""The circuit breaker alone, on a clock of the test's own."""

import asyncio

import pytest

from holdfast.breaker import FAILURES, FAILURES_WITHIN_S, PROBE_EVERY_S, Breaker
from holdfast.errors import StoreDenied, StoreFull, StoreUnavailable, VersionConflict


class Bench:
    """A breaker, a clock to turn, and the transitions it told."""

    def __init__(self) -> None:
        self.now, self.told, self.calls = 100.0, list[str | None](), 0
        self.breaker = Breaker(self.told.append, lambda: self.now)

    def call(self, error: BaseException | None = None) -> None:
        with self.breaker:
            self.calls += 1
            if error:
                raise error

    def fail(self, times: int = 1) -> None:
        for _ in range(times):
            with pytest.raises(StoreUnavailable):
                self.call(StoreUnavailable("gone"))


@pytest.fixture
def bench() -> Bench:
    return Bench()


def test_after_a_few_failures_nobody_asks_the_store(bench: Bench) -> None:
    bench.fail(FAILURES + 5)
    assert bench.calls == FAILURES
    assert bench.told == ["gone"]


def test_a_wrong_password_is_an_outage(bench: Bench) -> None:
    for _ in range(FAILURES):
        with pytest.raises(StoreDenied):
            bench.call(StoreDenied("no"))
    assert bench.told == ["no"]


@pytest.mark.parametrize("answer", [None, VersionConflict(None), StoreFull("full")])
def test_any_answer_of_a_live_store_starts_the_count_anew(
    bench: Bench, answer: Exception | None
) -> None:
    for _ in range(FAILURES):
        bench.fail(FAILURES - 1)
        if answer is None:
            bench.call()
        else:
            with pytest.raises(type(answer)):
                bench.call(answer)
    assert bench.told == []


def test_what_one_lost_connection_carried_is_one_failure(bench: Bench) -> None:
    for _ in range(FAILURES - 1):
        lost = ConnectionError()
        for _ in range(10):
            error = StoreUnavailable("lost")
            error.__cause__ = lost
            with pytest.raises(StoreUnavailable):
                bench.call(error)
    assert bench.told == []
    bench.fail()
    assert bench.told == ["gone"]


def test_failures_far_apart_open_nothing(bench: Bench) -> None:
    for _ in range(3 * FAILURES):
        bench.fail()
        bench.now += FAILURES_WITHIN_S + 0.1
    assert bench.told == []


def test_while_open_one_call_an_interval_asks_the_store(bench: Bench) -> None:
    bench.fail(FAILURES)
    for _ in range(4):
        bench.now += PROBE_EVERY_S
        bench.fail(10)
    assert bench.calls == FAILURES + 4
    assert bench.told == ["gone"]


def test_the_first_answer_closes_it_for_everybody(bench: Bench) -> None:
    bench.fail(FAILURES)
    bench.now += PROBE_EVERY_S
    bench.call()
    bench.call()
    assert bench.told == ["gone", None]
    bench.fail(FAILURES - 1)
    assert bench.told == ["gone", None]


def test_a_probe_that_is_cancelled_blocks_no_other(bench: Bench) -> None:
    bench.fail(FAILURES)
    bench.now += PROBE_EVERY_S
    with pytest.raises(asyncio.CancelledError):
        bench.call(asyncio.CancelledError())
    bench.fail()
    bench.now += PROBE_EVERY_S
    bench.call()
    assert bench.told == ["gone", None]
