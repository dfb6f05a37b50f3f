"""Makes the driver's clients from a URL. Retries are ours alone, so the driver's are off."""

from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

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
_PLAIN_POOLS = (redis.ConnectionPool, redis.BlockingConnectionPool)
_FILES = ("ssl_ca_certs", "ssl_certfile", "ssl_keyfile")


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


def like(client: Any, timeout_s: float) -> Any:
    """Make a blocking client to where another one leads, with our time limits and no retries.

    Raises TypeError for what is no plain client; Sentinel and Cluster are told as a URL.
    """
    if type(client) is not redis.Redis or type(client.connection_pool) not in _PLAIN_POOLS:
        raise TypeError(f"not a plain Redis client: {type(client).__name__}; give a URL instead")
    pool, ours = client.connection_pool, _options(timeout_s, Retry(NoBackoff(), 0))
    ours |= {"retry_on_error": [], "decode_responses": False}
    options = {**pool.connection_kwargs, **ours}
    return redis.Redis(
        connection_pool=redis.ConnectionPool(connection_class=pool.connection_class, **options)
    )


def check_url(url: str) -> None:
    """Raise ValueError when no client can be made of a URL; the message tells no password."""
    parts = urlsplit(url)
    if parts.scheme in ("redis+sentinel", "redis+cluster"):
        _check_hosts(url)
        if parts.scheme == "redis+sentinel" and not parts.path.strip("/"):
            raise ValueError("it names no group of Sentinels, as in /mymaster")
        return
    if parts.scheme == "unix" and not parts.path:
        raise ValueError("it names no socket")
    if parts.scheme != "unix" and not (
        parts.hostname and (parts.path.strip("/") or "0").isdecimal()
    ):
        raise ValueError("it names no host and database, as in host:6379/0")
    for name, value in parse_qsl(parts.query):
        if name in _FILES and not Path(value).is_file():
            raise ValueError(f"{name} names no file")
    try:
        redis.Redis.from_url(url).connection_pool.make_connection()
    except TypeError as error:
        raise ValueError(f"an option is unknown: {error}") from None


def _check_hosts(url: str) -> None:
    try:
        hosts = _hosts(url, 0)
    except ValueError:
        raise ValueError("it names no hosts, as in host:6379,host:6380") from None
    if not all(host for host, _ in hosts):
        raise ValueError("it names no hosts, as in host:6379,host:6380")


def with_its_sentinels(client: Any) -> list[Any]:
    """List what has to be closed with a client: the Sentinels it asks have clients of their own."""
    pool = getattr(client, "connection_pool", None)  # a cluster's client has none
    manager = getattr(pool, "sentinel_manager", None)
    return [client, *(manager.sentinels if manager else ())]


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
