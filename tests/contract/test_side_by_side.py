"""Two versions on one Redis, as in a rolling deploy: the contract holds whichever serves a call.

tests/released has the wheels of versions that may run beside this one.
"""

from collections.abc import Iterator
from itertools import cycle
from typing import Any

import pytest
from support import released
from support.released import WHEELS, Released

from holdfast.conformance import CASES, Case, RealTime
from holdfast.keys import Keys
from holdfast.redis_store import RedisStore


class InTurn:
    """Each call goes to the next of several stores."""

    def __init__(self, *stores: Any) -> None:
        self._stores = cycle(stores)

    def __getattr__(self, verb: str) -> Any:
        return getattr(next(self._stores), verb)


# Claims that the older versions in tests/released do not make.
LATER = {
    "a ninth rotation by one token is refused and all its tokens stay good",
    "the oldest of eight old tokens is forgotten after its grace",
    "one session is looked at by its id without use of it",
    "each intent does what it says (6)",
}
KEYS = Keys("sidebyside", b"p" * 32)


@pytest.fixture(scope="module", params=WHEELS, ids=lambda wheel: wheel.name.split("-")[1])
def before(request: pytest.FixtureRequest, redis_url: str) -> Iterator[Released]:
    """Give the store of a released version."""
    with released.running(request.param, redis_url, KEYS) as store:
        yield store


@pytest.fixture(scope="module")
def now(redis_url: str) -> Iterator[RedisStore]:
    """Give this version's store, on the same keys."""
    store = RedisStore(redis_url, KEYS, timeout_s=5)
    yield store
    store.close()


def test_there_is_a_version_to_run_beside() -> None:
    assert WHEELS
    assert {str(case) for case in CASES} >= LATER


@pytest.mark.parametrize("first", ["before", "now"])
def test_it_makes_no_difference_which_version_serves_a_call(
    case: Case, before: Released, now: RedisStore, first: str
) -> None:
    order = (before, now) if first == "before" else (now, before)
    case.run(RealTime(InTurn(*order), rounds=100))
