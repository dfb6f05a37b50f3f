"""The contract on a real Redis, through the blocking and the asyncio store."""

import asyncio
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from contract.store_contract import StoreContract

from holdfast.keys import Keys
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore


class RealTime:
    """A store whose clock is Redis's own: time is waited for, by asking."""

    def __init__(self, store: Any) -> None:
        self.store = store

    def now(self) -> int:
        return int(self.store.ping())

    def wait_until(self, ms: int) -> None:
        while (left := ms - self.now()) > 0:
            time.sleep(left / 1000)


class Awaited:
    """The asyncio store's verbs, run to their end one by one."""

    def __init__(self, store: AsyncRedisStore, runner: asyncio.Runner) -> None:
        self._store, self._runner = store, runner

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        return lambda *args, **named: self._runner.run(getattr(self._store, verb)(*args, **named))


class TestRedisStore(StoreContract):
    @pytest.fixture
    def harness(self, store: RedisStore) -> RealTime:
        return RealTime(store)


class TestAsyncRedisStore(StoreContract):
    @pytest.fixture
    def harness(self, redis_url: str, keys: Keys) -> Iterator[RealTime]:
        with asyncio.Runner() as runner:
            store = Awaited(AsyncRedisStore(redis_url, keys, timeout_s=5), runner)
            yield RealTime(store)
            store.close()
