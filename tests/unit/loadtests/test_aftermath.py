"""What a fault did is told from the requests around it."""

from loadtests import aftermath
from loadtests.record import History, Mark, Op, Outcome, Verb
from loadtests.series import Series

ZERO = 1_700_000_000_000_000
FAULT = Mark("store", "redis", ZERO + 1_000_000, ZERO + 4_000_000)


def op(start_ms: int, end_ms: int, status: int) -> Op:
    outcome = Outcome.OK if status == 200 else Outcome.UNAVAILABLE if status else Outcome.LOST
    return Op(Verb.READ, 0, 0, ZERO + start_ms * 1000, ZERO + end_ms * 1000, outcome, status)


def told(*ops: Op) -> aftermath.Aftermath:
    series = Series()
    series.add(History("me", "test", list(ops)))
    return aftermath.of(series, [FAULT])[0]


def test_answers_of_requests_begun_meanwhile_are_counted() -> None:
    seen = told(op(0, 900, 200), op(1100, 1102, 503), op(3000, 3004, 503), op(3900, 4200, 200))

    assert seen.answers == {503: 2, 200: 1}
    assert (seen.seconds, seen.median_ms) == (3.0, 4.0)
    assert "2 got 503, 1 got 200" in str(seen)


def test_recovery_lasts_until_the_last_failure_and_the_first_success() -> None:
    assert told(op(3990, 4200, 200)).recovered_ms == 200
    assert told(op(4000, 4010, 200), op(4100, 4350, 0), op(4400, 4410, 200)).recovered_ms == 350
    assert told(op(1100, 1110, 200), op(4500, 4510, 503)).recovered_ms is None


def test_a_fault_that_nobody_met_says_so() -> None:
    assert "redis gone for 3.0 s: nobody asked" in str(told(op(0, 10, 200)))


def test_what_the_next_fault_breaks_does_not_count_for_the_one_before() -> None:
    series = Series()
    ops = [op(4000, 4010, 200), op(4100, 4150, 0), op(6100, 6200, 0), op(6900, 7100, 200)]
    series.add(History("me", "test", ops))
    second = Mark("instance", "gateway-1", ZERO + 6_000_000, ZERO + 7_000_000)

    told = aftermath.of(series, [second, FAULT])
    assert [(one.what, one.recovered_ms) for one in told] == [("redis", 150), ("gateway-1", 100)]
