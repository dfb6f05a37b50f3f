"""The asyncio store for tests that are written once for both kinds of stores."""

import asyncio
from collections.abc import Callable
from typing import Any

from holdfast.redis_async import AsyncRedisStore


class Awaited:
    """The asyncio store's verbs, each run to its end."""

    def __init__(self, runner: asyncio.Runner, *args: Any, **options: Any) -> None:
        self._store, self._runner = AsyncRedisStore(*args, **options), runner

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        async def call(*args: Any, **named: Any) -> Any:
            await asyncio.sleep(0.005)  # a loop that serves has seen by now who hung up
            return await getattr(self._store, verb)(*args, **named)

        return lambda *args, **named: self._runner.run(call(*args, **named))
