"""Hand-made histories: for each guarantee some that hold and some that do not.

A history is written as a few operations on a clock in milliseconds. Each test says which
guarantees fail; no other may.
"""

from typing import Any

import pytest

from loadtests.checker import judge
from loadtests.record import Body, History, Mark, Op, Outcome, Stamps, Verb

ME = "me-1"
ZERO = 1_700_000_000_000_000
ALL_OF_IT = {"G1", "G2", "G3", "G4", "G5", "G6", "G7", "G8"}


def op(verb: Verb, start: int, end: int, *, session: int = 0, token: int = 0, **more: Any) -> Op:
    """Make an operation that was served by instance a, unless told otherwise."""
    made = {"outcome": Outcome.OK, "status": 200, "instance": "a", **more}
    return Op(verb, session, token, ZERO + start * 1000, ZERO + end * 1000, **made)


def login(start: int = 0, end: int = 10, *, token: int = -1, new: int = 0, **more: Any) -> Op:
    return op(Verb.LOGIN, start, end, token=token, new_token=new, body=Body(ME), **more)


def read(start: int, end: int, owner: str = ME, **more: Any) -> Op:
    data = more.pop("data", {})
    return op(Verb.READ, start, end, body=Body(owner, data, more.pop("id", "")), **more)


def increment(start: int, end: int, result: int | None = None, **more: Any) -> Op:
    return op(Verb.INCREMENT, start, end, name="n", result=result, **more)


def append(start: int, end: int, value: str, **more: Any) -> Op:
    return op(Verb.APPEND, start, end, name="l", value=f"{ME}/{value}", **more)


def put(start: int, end: int, value: str, base: str | None = None, **more: Any) -> Op:
    based = None if base is None else f"{ME}/{base}"
    return op(Verb.SET, start, end, name="r", value=f"{ME}/{value}", base=based, **more)


def gone(start: int, end: int, **more: Any) -> Op:
    return op(Verb.READ, start, end, outcome=Outcome.GONE, status=401, **more)


def mine(*values: str) -> list[str]:
    return [f"{ME}/{value}" for value in values]


LOST: dict[str, Any] = {"outcome": Outcome.LOST, "status": 0, "instance": ""}
REFUSED: dict[str, Any] = {"outcome": Outcome.REFUSED, "status": 412}
LATE = 2000  # long enough after a write that whoever misses it has lost it

HOLDS: dict[str, list[Op]] = {
    "a write is read": [login(), increment(20, 30, 1), read(40, 50, data={"n": 1})],
    "a write under way may be read": [login(), increment(20, 90, 1), read(40, 50, data={"n": 1})],
    "or not yet": [login(), increment(20, 90, 1), read(40, 50)],
    "an unknown increment may count": [
        login(),
        increment(20, 30, **LOST),
        read(LATE, LATE + 9, data={"n": 1}),
    ],
    "or may not": [login(), increment(20, 30, **LOST), read(LATE, LATE + 9)],
    "or only later": [
        login(),
        increment(20, 30, **LOST),
        read(40, 50),
        read(LATE, LATE + 9, data={"n": 1}),
    ],
    "a refused conditional set is not seen": [
        login(),
        put(20, 30, "a"),
        put(40, 50, "b", base="a"),
        put(40, 55, "c", base="a", **REFUSED),
        read(LATE, LATE + 9, data={"r": f"{ME}/b"}),
    ],
    "of two sets at once either may stand": [
        login(),
        put(20, 60, "a"),
        put(30, 50, "b"),
        read(LATE, LATE + 9, data={"r": f"{ME}/a"}),
    ],
    "elements in any order, once each": [
        login(),
        append(20, 40, "a"),
        append(20, 40, "b"),
        read(LATE, LATE + 9, data={"l": mine("b", "a")}),
    ],
    "refused after a logout": [login(), op(Verb.LOGOUT, 20, 30, ends=(0,)), gone(40, 50)],
    "in flight during a logout": [
        login(),
        op(Verb.LOGOUT, 20, 60, ends=(0,)),
        increment(30, 70, 1),
        gone(80, 90),
    ],
    "a logout that may not have come through": [
        login(),
        op(Verb.LOGOUT, 20, 60, ends=(0,), **LOST),
        read(70, 80),
        gone(90, 99),
    ],
    "a second logout is answered": [
        login(),
        op(Verb.LOGOUT, 20, 30, ends=(0,)),
        op(Verb.LOGOUT, 40, 50, ends=(0,)),
    ],
    "the old id is refused after a login": [
        login(),
        login(20, 30, token=0, new=1, session=1),
        gone(40, 50, token=0),
        read(40, 50, token=1, session=1),
    ],
    "a rotated id is an alias": [
        login(),
        op(Verb.ROTATE, 20, 30, new_token=1, body=Body(ME, {}, "s")),
        read(40, 50, token=0, id="s"),
        read(40, 50, token=1, id="s"),
    ],
    "a cart is carried into a login": [
        op(Verb.INCREMENT, 0, 5, token=-1, new_token=0, name="n", result=1),
        op(Verb.LOGIN, 20, 30, new_token=1, body=Body(ME, {"n": 1})),
        read(LATE, LATE + 9, token=1, data={"n": 1}),
    ],
    "nobody is signed in yet": [read(0, 5, owner="")],
}

VIOLATED: dict[str, tuple[str, list[Op]]] = {
    "a read misses an acknowledged write": (
        "G1",
        [
            login(),
            increment(20, 30, 1),
            read(40, 50),
            read(LATE, LATE + 9, data={"n": 1}),
        ],
    ),
    "a read shows the value before": (
        "G1",
        [
            login(),
            put(20, 30, "a"),
            put(40, 50, "b"),
            read(60, 70, data={"r": f"{ME}/a"}),
            read(LATE, LATE + 9, data={"r": f"{ME}/b"}),
        ],
    ),
    "a live session is refused, then served": (
        "G1",
        [login(), read(20, 30), gone(40, 50), read(60, 70)],
    ),
    "an increment is lost": (
        "G2",
        [
            login(),
            increment(20, 30, 1),
            increment(40, 50, 2),
            read(LATE, LATE + 9, data={"n": 1}),
        ],
    ),
    "two increments got the same number": (
        "G2",
        [login(), increment(20, 60, 1), increment(30, 50, 1), read(70, 80, data={"n": 1})],
    ),
    "an increment counts twice": (
        "G2",
        [login(), increment(20, 30, 1), read(LATE, LATE + 9, data={"n": 2})],
    ),
    "an element is lost": (
        "G2",
        [
            login(),
            append(20, 30, "a"),
            append(40, 50, "b"),
            read(LATE, LATE + 9, data={"l": mine("b")}),
        ],
    ),
    "an element is there twice": (
        "G2",
        [login(), append(20, 30, "a"), read(LATE, LATE + 9, data={"l": mine("a", "a")})],
    ),
    "two conditional sets on the same value": (
        "G2",
        [
            login(),
            put(10, 19, "a"),
            put(20, 60, "b", base="a"),
            put(30, 50, "c", base="a"),
            read(70, 80, data={"r": f"{ME}/c"}),
        ],
    ),
    "a refused set took effect": (
        "G2",
        [
            login(),
            put(20, 30, "a"),
            put(40, 50, "b", base="x", **REFUSED),
            read(60, 70, data={"r": f"{ME}/b"}),
        ],
    ),
    "a set was undone": (
        "G2",
        [login(), put(20, 30, "a"), put(40, 50, "b"), read(LATE, LATE + 9, data={"r": f"{ME}/a"})],
    ),
    "served after a logout": (
        "G3",
        [login(), op(Verb.LOGOUT, 20, 30, ends=(0,)), read(40, 50)],
    ),
    "revived by a write in flight": (
        "G3",
        [
            login(),
            op(Verb.LOGOUT, 20, 60, ends=(0,)),
            increment(30, 70, 1),
            read(80, 90, data={"n": 1}),
        ],
    ),
    "another device's end does not stick": (
        "G3",
        [
            login(),
            login(10, 20, new=1, session=1),
            op(Verb.END_OTHERS, 30, 40, ends=(1,)),
            increment(50, 60, 1, token=1, session=1),
        ],
    ),
    "somebody else's name": ("G5", [login(), read(20, 30, owner="you-2")]),
    "somebody else's data": ("G5", [login(), read(20, 30, data={"l": ["you-2/a"]})]),
    "nobody, though signed in": ("G5", [login(), read(20, 30, owner="")]),
    "a login keeps the id": ("G6", [login(), login(20, 30, token=0, new=0, session=1)]),
    "a login gives no new id": ("G6", [login(), login(20, 30, token=0, new=-1, session=1)]),
    "the id before a password change is served": (
        "G6",
        [
            login(),
            op(Verb.PASSWORD, 20, 30, new_token=1, body=Body(ME)),
            read(40, 50, token=0),
        ],
    ),
    "a rotated id opens another session": (
        "G6",
        [
            login(),
            op(Verb.ROTATE, 20, 30, new_token=1, body=Body(ME, {}, "s")),
            read(40, 50, token=0, id="t"),
        ],
    ),
}


def failing(ops: list[Op], marks: list[Mark] | None = None, idle_ms: int | None = None) -> set[str]:
    idle_us = None if idle_ms is None else idle_ms * 1000
    scores = judge([History(ME, "test", ops, idle_us)], marks or [])
    return {name for name, score in scores.items() if score.failed}


@pytest.mark.parametrize("name", HOLDS)
def test_a_history_that_any_correct_system_may_give_passes(name: str) -> None:
    assert failing(HOLDS[name]) == set()


@pytest.mark.parametrize("name", VIOLATED)
def test_a_history_that_no_correct_system_gives_fails_its_guarantee_only(name: str) -> None:
    guarantee, ops = VIOLATED[name]

    assert failing(ops) == {guarantee}


def told(start: int, end: int, *, now: int, ahead: int = 0, verb: Verb = Verb.READ) -> Op:
    """Make a body with times: created at 5, idle after 1000 ms, absolute after 3000."""
    server = ZERO // 1000 + ahead
    idle = min(now + 1000, 3005)
    stamps = Stamps(server + 5, server + now, server + idle, server + 3005)
    more: dict[str, Any] = {"token": -1, "new_token": 0} if verb is Verb.LOGIN else {}
    return op(verb, start, end, body=Body(ME, {}, "s", stamps), **more)


@pytest.mark.parametrize("ahead", [0, 90_000, -3_600_000])
@pytest.mark.parametrize(
    ("name", "ops", "fails"),
    [
        ("in time", [(20, 30, 25)], set()),
        ("refused after its deadline", [(20, 30, 25), (1040, 1050, None)], set()),
        ("refused before it", [(20, 30, 25), (900, 910, None)], {"G4"}),
        ("kept alive", [(20, 30, 25), (900, 910, 905), (1850, 1860, 1855)], set()),
        ("served after it", [(20, 30, 25), (1100, 1110, 1105)], {"G4"}),
        (
            "kept alive past the absolute one",
            [(900, 910, 905), (1800, 1810, 1805), (2700, 2710, 2705), (3100, 3110, 3105)],
            {"G4"},
        ),
        ("too close to tell", [(20, 30, 25), (1020, 1035, None)], set()),
    ],
)
def test_deadlines_are_held_on_the_servers_clock_however_far_it_is_off(
    ahead: int, name: str, ops: list[tuple[int, int, int | None]], fails: set[str]
) -> None:
    history = [told(0, 10, now=5, ahead=ahead, verb=Verb.LOGIN)]
    for start, end, now in ops:
        history.append(gone(start, end) if now is None else told(start, end, now=now, ahead=ahead))

    assert failing(history) == fails, name


def test_a_request_may_have_moved_a_deadline_it_did_not_tell() -> None:
    history = [told(0, 10, now=5, verb=Verb.LOGIN), op(Verb.VALUE, 800, 810)]

    assert failing([*history, told(1700, 1710, now=1705)]) == set()
    assert failing([*history, told(1900, 1910, now=1905)]) == {"G4"}


def test_where_no_deadline_is_told_the_configured_idle_time_counts_from_the_last_request() -> None:
    history = [login(0, 10), read(20, 30)]

    assert failing([*history, gone(1100, 1110)], idle_ms=1000) == set()
    assert failing([*history, gone(900, 910)], idle_ms=1000) == {"G4"}
    assert failing([*history, read(1100, 1110)], idle_ms=1000) == {"G4"}
    assert failing([*history, gone(900, 910)]) == set()


def test_expiry_is_measured_where_both_sides_of_it_were_watched() -> None:
    history = [told(0, 2, now=1, verb=Verb.LOGIN), told(100, 102, now=101)]
    peek = op(Verb.PEEK, 1095, 1097, body=history[1].body)
    scores = judge([History(ME, "test", [*history, peek, gone(1105, 1107)])])

    assert scores["G4"].checks == 1
    assert scores["G4"].expiry_errors_ms == [pytest.approx(0, abs=6)]


OUTAGE = Mark("store", "redis", ZERO + 100_000, ZERO + 500_000)
CRASH = Mark("store", "redis", ZERO + 100_000, ZERO + 500_000, may_lose_us=50_000)
KILL = Mark("instance", "gateway-1", ZERO + 100_000, ZERO + 500_000)
DOWN: dict[str, Any] = {"outcome": Outcome.UNAVAILABLE, "status": 503}


@pytest.mark.parametrize(
    ("name", "ops", "mark", "fails"),
    [
        ("503 in an outage", [op(Verb.READ, 200, 210, **DOWN), read(600, 610)], OUTAGE, set()),
        ("a 401 in an outage", [gone(200, 210), read(600, 610)], OUTAGE, {"G7"}),
        ("no answer in an outage", [op(Verb.READ, 200, 210, **LOST)], OUTAGE, {"G7"}),
        ("503 after more than a second", [op(Verb.READ, 200, 1300, **DOWN)], OUTAGE, {"G7"}),
        ("the cookie taken", [op(Verb.READ, 200, 210, cleared=True, **DOWN)], OUTAGE, {"G7"}),
        ("a stranger not served", [op(Verb.READ, 200, 210, token=-1, **DOWN)], OUTAGE, {"G7"}),
        ("a stranger served", [gone(200, 210, token=-1)], OUTAGE, set()),
        ("no answer from a killed instance", [op(Verb.READ, 200, 210, **LOST)], KILL, set()),
        ("a session lost in a crash", [gone(600, 610), gone(620, 630)], KILL, {"G8"}),
        ("a write lost in a crash", [increment(20, 30, 1), read(LATE, LATE + 9)], KILL, {"G8"}),
        ("the last moment, where stated", [increment(60, 70, 1), read(600, 610)], CRASH, set()),
        ("more than that", [increment(20, 30, 1), read(600, 610)], CRASH, {"G8"}),
    ],
)
def test_faults_excuse_what_they_may_and_nothing_else(
    name: str, ops: list[Op], mark: Mark, fails: set[str]
) -> None:
    assert failing([login(), *ops], [mark]) == fails, name


def test_what_was_never_asked_is_not_exercised() -> None:
    states = {name: score.state for name, score in judge([]).items()}

    assert states == dict.fromkeys(ALL_OF_IT, "NOT EXERCISED")
