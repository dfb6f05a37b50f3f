"""The contract on a real Redis, through the blocking and the asyncio store."""

from collections.abc import Iterator

import pytest

from holdfast.conformance import Case, RealTime
from holdfast.conformance.harness import Awaited
from holdfast.keys import Keys
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore


@pytest.fixture
def awaited(redis_url: str, keys: Keys) -> Iterator[Awaited]:
    store = Awaited(AsyncRedisStore(redis_url, keys, timeout_s=5))
    yield store
    store.close()
    store.stop()


def test_redis_store(case: Case, store: RedisStore) -> None:
    case.run(RealTime(store))


def test_async_redis_store(case: Case, awaited: Awaited) -> None:
    case.run(RealTime(awaited, rounds=200))
