"""Races: lost updates (G2), logouts (G3), limits and new tokens (G6) under threads."""

import contextlib
import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

from holdfast.conformance.case import LONG, begin, each, someone
from holdfast.conformance.harness import Harness
from holdfast.errors import EpochChanged
from holdfast.intents import Intent, Op
from holdfast.model import Ended, Reason, Rotated, Session, User
from holdfast.token import Token, bucket_of_user

_WAIT_SECONDS = 30


def _increment(harness: Harness, token: Token) -> bool:
    done = harness.store.commit(token, [Intent(Op.INCREMENT, "n", b"1")])
    return not isinstance(done, Ended)


def _at_once(*acts: Callable[[], Any]) -> list[Any]:
    """Start all acts at the same moment, and return what they returned."""
    barrier = threading.Barrier(len(acts))

    def run(act: Callable[[], Any]) -> Any:
        barrier.wait(_WAIT_SECONDS)
        return act()

    with ThreadPoolExecutor(len(acts)) as threads:
        running = [threads.submit(run, act) for act in acts]
        return [one.result(_WAIT_SECONDS) for one in running]


def fifty_parallel_increments_give_fifty(harness: Harness) -> None:
    token = begin(harness)
    with ThreadPoolExecutor(16) as threads:
        assert all(threads.map(lambda _: _increment(harness, token), range(50)))

    session = harness.store.load(token)
    assert isinstance(session, Session)
    assert session.data == {"n": b"50"}


def parallel_writes_of_different_names_all_survive(harness: Harness) -> None:
    token, names = begin(harness), [f"name-{n}" for n in range(16)]

    def write(name: str) -> Any:
        return harness.store.commit(token, [Intent(Op.SET, name, b"1")])

    _at_once(*(partial(write, name) for name in names))

    session = harness.store.load(token)
    assert isinstance(session, Session)
    assert set(session.data or {}) == set(names)


@each((False,), (True,))
def logouts_raced_by_a_writer_leave_no_live_session(harness: Harness, signed_in: bool) -> None:
    def write(token: Token) -> None:
        _increment(harness, token)
        harness.store.load(token, touch_ms=0)

    for _ in range(harness.rounds):
        token = begin(harness, someone() if signed_in else None)
        ended, _ = _at_once(partial(harness.store.end, token), partial(write, token))
        assert ended
        assert isinstance(harness.store.load(token), Ended)


def fifty_parallel_logins_never_exceed_the_limit(harness: Harness) -> None:
    user = someone()

    def login(_: int) -> int:
        token = Token.new(bucket_of_user(user.id))
        harness.store.create(token, LONG, user=user, max_sessions=3)
        return len(harness.store.list_user(user.id))

    with ThreadPoolExecutor(16) as threads:
        assert max(threads.map(login, range(50))) <= 3
    assert len(harness.store.list_user(user.id)) == 3


def logins_racing_a_disable_leave_no_session(harness: Harness) -> None:
    def login(user: User, epoch: str, token: Token) -> None:
        with contextlib.suppress(EpochChanged):
            harness.store.create(token, LONG, user=user, epoch=epoch)

    for _ in range(harness.rounds // 5):
        user = someone()
        epoch, token = harness.store.epoch(user.id), Token.new(bucket_of_user(user.id))
        disable = partial(harness.store.end_user, user.id, Reason.ACCOUNT_DISABLED)
        _at_once(partial(login, user, epoch, token), disable)
        assert isinstance(harness.store.load(token), Ended)


def a_commit_raced_by_a_take_is_in_the_data_taken_or_refused(harness: Harness) -> None:
    for _ in range(harness.rounds // 5):
        token = begin(harness)
        taken, written = _at_once(
            partial(harness.store.take, token), partial(_increment, harness, token)
        )
        assert taken == ({"n": b"1"} if written else {})


def writes_during_a_rotation_all_count(harness: Harness) -> None:
    for _ in range(harness.rounds // 5):
        token = begin(harness, someone())
        new = Token.new(token.bucket)
        write = partial(_increment, harness, token)
        rotated, *written = _at_once(partial(harness.store.rotate, token, new), write, write)

        session = harness.store.load(new)
        assert isinstance(rotated, Rotated)
        assert isinstance(session, Session)
        assert all(written)
        assert session.data == {"n": b"2"}
