"""Makes the driver's clients from a URL. Retries are ours alone, so the driver's are off."""

from typing import Any

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.sentinel
import redis.cluster
import redis.sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

from holdfast.redis_url import Several, several

_PLAIN_POOLS = (redis.ConnectionPool, redis.BlockingConnectionPool)
_PLACE_AND_LOGIN = frozenset(
    {
        "host", "port", "path", "db", "username", "password", "credential_provider", "client_name",
        "socket_keepalive", "socket_keepalive_options", "socket_type", "health_check_interval",
        "redis_connect_func",
    }
)  # fmt: skip


def _options(timeout_s: float, retry: Any) -> dict[str, Any]:
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": retry,
        # With RESP3 the driver no longer looks whether an idle connection was closed meanwhile, and
        # after a restart of Redis each of them would fail a write.
        "protocol": 2,
    }


def _asking(place: Several, timeout_s: float, retry: Any) -> dict[str, Any]:
    # Sentinels are asked in turn and all within one call's time, so that some may be silent.
    return {**_options(timeout_s / (len(place.hosts) + 1), retry), **place.tls}


def like(client: Any, timeout_s: float) -> Any:
    """Make a blocking client to where another one leads, with our time limits and no retries.

    Raises TypeError for one that is not plain (Sentinel, Cluster), or whose options do not fit.
    """
    if type(client) is not redis.Redis or type(client.connection_pool) not in _PLAIN_POOLS:
        raise TypeError(f"not a plain Redis client: {type(client).__name__}; give a URL instead")
    pool = client.connection_pool
    options = _of_place(pool.connection_kwargs) | _options(timeout_s, Retry(NoBackoff(), 0))
    try:
        made = redis.ConnectionPool(connection_class=pool.connection_class, **options)
        made.connection_class(**made.connection_kwargs)  # Judges the options; does not connect yet.
    except (redis.RedisError, TypeError, ValueError) as error:
        raise TypeError(f"the client's options do not fit: {error}; give a URL instead") from error
    return redis.Redis(connection_pool=made)


def _of_place(given: dict[str, Any]) -> dict[str, Any]:
    """Return the options that say where a client connects to, and as whom.

    A pool keeps more among them: how replies are read, and objects of its own that are wrong in
    another pool, or with another protocol.
    """
    return {
        name: value
        for name, value in given.items()
        if value is not None and (name in _PLACE_AND_LOGIN or name.startswith("ssl"))
    }


def with_its_sentinels(client: Any) -> list[Any]:
    """List what has to be closed with a client: the Sentinels it asks have clients of their own."""
    pool = getattr(client, "connection_pool", None)  # a cluster's client has none
    manager = getattr(pool, "sentinel_manager", None)
    return [client, *(manager.sentinels if manager else ())]


def connect(url: str, timeout_s: float) -> Any:
    """Make a blocking client: plain, TLS, Unix socket, Sentinel or Cluster. Raises ValueError."""
    return _connect(redis, url, timeout_s, Retry(NoBackoff(), 0))


def connect_async(url: str, timeout_s: float) -> Any:
    """Make an asyncio client of the same kinds."""
    return _connect(redis.asyncio, url, timeout_s, AsyncRetry(NoBackoff(), 0))


def _connect(driver: Any, url: str, timeout_s: float, retry: Any) -> Any:
    """Make a client of `driver`: of the two halves of redis, whose names are alike."""
    options, place = _options(timeout_s, retry), several(url)
    if place is None:
        return driver.Redis.from_url(url, **options)
    options |= {**place.login, **place.tls}
    if place.kind == "cluster":
        nodes = [driver.cluster.ClusterNode(*host) for host in place.hosts]
        # Slots that no node serves are an outage of their sessions alone.
        return driver.cluster.RedisCluster(
            startup_nodes=nodes, require_full_coverage=False, **options
        )
    asking = _asking(place, timeout_s, retry)
    sentinel = driver.sentinel.Sentinel(place.hosts, sentinel_kwargs=asking, **options)
    return sentinel.master_for(place.group)
