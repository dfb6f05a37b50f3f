"""Makes the driver's clients from a URL. Retries are ours alone, so the driver's are off."""

from typing import Any
from urllib.parse import unquote, urlsplit

import redis
import redis.asyncio
import redis.asyncio.cluster
import redis.asyncio.sentinel
import redis.cluster
import redis.sentinel
from redis.asyncio.retry import Retry as AsyncRetry
from redis.backoff import NoBackoff
from redis.retry import Retry

_SENTINEL_PORT, _CLUSTER_PORT = 26379, 6379


def _hosts(url: str, port: int) -> list[tuple[str, int]]:
    netloc = urlsplit(url).netloc.rpartition("@")[2]
    pairs = (
        one.rpartition(":") if ":" in one else (one, "", str(port)) for one in netloc.split(",")
    )
    return [(host, int(number)) for host, _, number in pairs]


def _login(url: str) -> dict[str, Any]:
    netloc = urlsplit(url).netloc
    if "@" not in netloc:
        return {}
    name, _, password = netloc.rpartition("@")[0].partition(":")
    return {"username": unquote(name) or "default", "password": unquote(password)}


def _options(timeout_s: float, retry: Any) -> dict[str, Any]:
    return {
        "socket_timeout": timeout_s,
        "socket_connect_timeout": timeout_s,
        "retry": retry,
        # With RESP3 the driver no longer looks whether an idle connection was closed meanwhile, and
        # after a restart of Redis each of them would fail a write.
        "protocol": 2,
    }


def _asking(url: str, timeout_s: float, retry: Any) -> dict[str, Any]:
    # Sentinels are asked in turn and all within one call's time, so that some may be silent.
    return _options(timeout_s / (len(_hosts(url, _SENTINEL_PORT)) + 1), retry)


def connect(url: str, timeout_s: float) -> Any:
    """Make a blocking client: plain, TLS, Unix socket, Sentinel or Cluster."""
    retry = Retry(NoBackoff(), 0)
    options = _options(timeout_s, retry)
    scheme = urlsplit(url).scheme
    if scheme == "redis+sentinel":
        sentinel = redis.sentinel.Sentinel(
            _hosts(url, _SENTINEL_PORT),
            sentinel_kwargs=_asking(url, timeout_s, retry),
            **_login(url),
            **options,
        )
        return sentinel.master_for(urlsplit(url).path.strip("/"))
    if scheme == "redis+cluster":
        nodes = [redis.cluster.ClusterNode(*host) for host in _hosts(url, _CLUSTER_PORT)]
        return redis.cluster.RedisCluster(startup_nodes=nodes, **_login(url), **options)
    return redis.Redis.from_url(url, **options)


def connect_async(url: str, timeout_s: float) -> Any:
    """Make an asyncio client of the same kinds."""
    retry = AsyncRetry(NoBackoff(), 0)
    options = _options(timeout_s, retry)
    scheme = urlsplit(url).scheme
    if scheme == "redis+sentinel":
        sentinel = redis.asyncio.sentinel.Sentinel(
            _hosts(url, _SENTINEL_PORT),
            sentinel_kwargs=_asking(url, timeout_s, retry),
            **_login(url),
            **options,
        )
        return sentinel.master_for(urlsplit(url).path.strip("/"))
    if scheme == "redis+cluster":
        nodes = [redis.asyncio.cluster.ClusterNode(*host) for host in _hosts(url, _CLUSTER_PORT)]
        return redis.asyncio.cluster.RedisCluster(startup_nodes=nodes, **_login(url), **options)
    return redis.asyncio.Redis.from_url(url, **options)
