"""The stores as the services use them: each call is timed and counted."""

from typing import Any

from holdfast.breaker import OnChange, tell_nobody
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore
from sessionhttp.metrics import StoreMetrics
from sessionhttp.settings import SessionSettings


def _options(config: SessionSettings, metrics: StoreMetrics, on_change: OnChange) -> dict[str, Any]:
    return {
        "timeout_s": config.store_timeout_ms / 1000,
        "wait_replicas": config.wait_replicas,
        "on_change": on_change,
        "observer": metrics,
    }


class MeasuredStore(RedisStore):
    """The blocking store of these settings."""

    def __init__(
        self, config: SessionSettings, metrics: StoreMetrics, on_change: OnChange = tell_nobody
    ) -> None:
        super().__init__(config.redis_url, config.keys, **_options(config, metrics, on_change))


class AsyncMeasuredStore(AsyncRedisStore):
    """The asyncio store of these settings."""

    def __init__(
        self, config: SessionSettings, metrics: StoreMetrics, on_change: OnChange = tell_nobody
    ) -> None:
        super().__init__(config.redis_url, config.keys, **_options(config, metrics, on_change))
