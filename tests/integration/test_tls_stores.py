"""Both stores over TLS: one server, Sentinels, a cluster. Nothing there listens without it."""

import asyncio
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import uvloop
from redis.cluster import RedisCluster
from support import redis_cluster, sentinels, tls
from support.redis_server import serving

from holdfast import Intent, Keys, Lifetime, Op, Session, Token
from holdfast.errors import StoreDenied, StoreError
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_client import connect
from holdfast.redis_store import RedisStore
from holdfast.redis_url import check_url
from holdfast.token import random_bucket

LIFETIME = Lifetime(1_800_000, 43_200_000)
KEYS = Keys("hf", b"p" * 32)
WRITES = 200
# Together more than a record of TLS holds.
LARGE = {name: b'"' + name.encode() * 15_000 + b'"' for name in "abcd"}

pytestmark = tls.needed


@contextmanager
def one(identity: tls.Identity) -> Iterator[str]:
    with serving(tls=identity) as server:
        yield server.url


@contextmanager
def sentinel(identity: tls.Identity) -> Iterator[str]:
    with sentinels.running(replicas=0, tls=identity) as watched:
        yield watched.url


@contextmanager
def cluster(identity: tls.Identity) -> Iterator[str]:
    with redis_cluster.running(tls=identity) as made:
        yield made.url


@pytest.fixture(scope="module", params=[one, sentinel, cluster])
def place(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, Path]]:
    """Give a store's URL, which lacks the authority, and another authority than its own."""
    folder = tmp_path_factory.mktemp("tls")
    identity = tls.identity(folder)
    with tls.built_in(), one(identity):
        pass
    with request.param(identity) as url:
        yield f"{url}?ssl_ca_certs={identity.authority}", tls.authority(folder, "theirs")


def increment() -> list[Intent]:
    return [Intent(Op.INCREMENT, "n", b"1")]


def set_large() -> list[Intent]:
    return [Intent(Op.SET, name, value) for name, value in LARGE.items()]


def test_a_blocking_store_keeps_what_is_written(place: tuple[str, Path]) -> None:
    url, _ = place
    check_url(url)
    store, token = RedisStore(url, KEYS, timeout_s=5), Token.new(random_bucket())
    store.create(token, LIFETIME)
    store.commit(token, [*set_large(), *increment()])
    loaded = store.load(token)
    store.close()
    assert isinstance(loaded, Session)
    assert loaded.data == {**LARGE, "n": b"1"}


@pytest.mark.parametrize("loop", [asyncio.new_event_loop, uvloop.new_event_loop])
def test_calls_that_share_a_connection_keep_all_that_is_written(
    place: tuple[str, Path], loop: Callable[[], asyncio.AbstractEventLoop]
) -> None:
    async def write() -> Any:
        store, token = AsyncRedisStore(place[0], KEYS, timeout_s=5), Token.new(random_bucket())
        await store.create(token, LIFETIME)
        large = store.commit(token, set_large())
        await asyncio.gather(large, *(store.commit(token, increment()) for _ in range(WRITES)))
        loaded = await store.load(token)
        await store.close()
        return loaded

    with asyncio.Runner(loop_factory=loop) as runner:
        loaded = runner.run(write())
    assert loaded.data == {**LARGE, "n": str(WRITES).encode()}


def by_threads(url: str) -> None:
    store = RedisStore(url, KEYS, timeout_s=5)
    try:
        store.ping()
    finally:
        store.close()


def by_a_loop(url: str) -> None:
    async def ping() -> None:
        store = AsyncRedisStore(url, KEYS, timeout_s=5)
        try:
            await store.ping()
        finally:
            await store.close()

    asyncio.run(ping())


both = pytest.mark.parametrize("ping", [by_threads, by_a_loop])


@both
def test_RED_08_a_certificate_of_somebody_else_is_refused(
    place: tuple[str, Path], ping: Callable[[str], None]
) -> None:
    url, theirs = place
    foreign = f"{url.partition('?')[0]}?ssl_ca_certs={theirs}"
    ping(url)
    with pytest.raises(StoreError) as refused:
        ping(foreign)
    # Of Sentinels the driver tells no reason, so that they are as good as away.
    assert isinstance(refused.value, StoreDenied) or "sentinel" in url
    ping(f"{foreign}&ssl_cert_reqs=none")


@both
def test_the_login_is_for_every_server(
    place: tuple[str, Path], ping: Callable[[str], None]
) -> None:
    url, _ = place
    with connect(url, 5) as client:
        everywhere = {"target_nodes": RedisCluster.ALL_NODES} if "cluster" in url else {}
        person = ("who", "on", ">p@ss", "~*", "+@all")
        client.execute_command("ACL SETUSER", *person, **everywhere)
    ping(url.replace("://", "://who:p%40ss@"))
    with pytest.raises(StoreDenied):
        ping(url.replace("://", "://who:wrong@"))
