"""The stores as the services use them: each call is timed and counted."""

import time
from typing import Any, TypeVar

from holdfast.breaker import OnChange, tell_nobody
from holdfast.calls import Call
from holdfast.errors import HoldfastError
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore
from sessionhttp.metrics import StoreMetrics
from sessionhttp.settings import SessionSettings

T = TypeVar("T")


def _options(config: SessionSettings) -> dict[str, Any]:
    return {
        "timeout_s": config.store_timeout_ms / 1000,
        "wait_replicas": config.wait_replicas,
    }


class MeasuredStore(RedisStore):
    """The blocking store of these settings."""

    def __init__(
        self, config: SessionSettings, metrics: StoreMetrics, on_change: OnChange = tell_nobody
    ) -> None:
        super().__init__(config.redis_url, config.keys, on_change=on_change, **_options(config))
        self._metrics = metrics

    def run(self, call: Call[T]) -> T:
        """See RedisStore.run."""
        start = time.perf_counter()
        try:
            result = super().run(call)
        except HoldfastError as error:
            self._metrics.failed(call, error, time.perf_counter() - start)
            raise
        self._metrics.called(call, result, time.perf_counter() - start)
        return result


class AsyncMeasuredStore(AsyncRedisStore):
    """The asyncio store of these settings."""

    def __init__(
        self, config: SessionSettings, metrics: StoreMetrics, on_change: OnChange = tell_nobody
    ) -> None:
        super().__init__(config.redis_url, config.keys, on_change=on_change, **_options(config))
        self._metrics = metrics

    async def run(self, call: Call[T]) -> T:
        """See AsyncRedisStore.run."""
        start = time.perf_counter()
        try:
            result = await super().run(call)
        except HoldfastError as error:
            self._metrics.failed(call, error, time.perf_counter() - start)
            raise
        self._metrics.called(call, result, time.perf_counter() - start)
        return result
