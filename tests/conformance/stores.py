"""Adapters of stores that conform, and of some that cannot be asked."""

import os
import time

from holdfast import Keys, Token
from holdfast.memory import MemoryStore
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore


def memory() -> MemoryStore:
    return MemoryStore(lambda: time.time_ns() // 1_000_000)


def asynchronous() -> AsyncRedisStore:
    return AsyncRedisStore(os.environ["REDIS_URL"], Keys("kit", b"p" * 32), timeout_s=5)


def dead() -> RedisStore:
    return RedisStore("redis://127.0.0.1:1", Keys("kit", b"p" * 32))


class ReadOnly:
    def load(self, token: Token) -> None:
        """Answer nothing."""


def read_only() -> ReadOnly:
    return ReadOnly()


def nothing() -> None:
    """Return no store."""
