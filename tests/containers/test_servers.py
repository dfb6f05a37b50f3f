"""The session contract on the servers that a deployment may run, races included."""

import os
from collections.abc import Iterator

import pytest
import redis
from support import compose
from support.compose import run, until

from holdfast.conformance import CASES, RealTime
from holdfast.conformance.harness import blocking
from holdfast.conformance.report import Verdict
from holdfast.conformance.report import run as ask
from holdfast.keys import Keys
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore

KEYS = Keys("hf", b"p" * 32)
IMAGES = {"redis": os.environ.get("REDIS_IMAGE", "redis:8"), "valkey": "valkey/valkey:8"}


@pytest.fixture(scope="module", params=IMAGES)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    """Run a server of an image by itself; give its URL."""
    compose.skip_without_docker()
    publish = ("--rm", "--detach", "--publish", "127.0.0.1::6379")
    server = run("docker", "run", *publish, IMAGES[request.param]).stdout.strip()
    try:
        port = run("docker", "port", server, "6379").stdout.strip().rpartition(":")[2]
        client = redis.Redis(port=int(port))

        def up() -> bool:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False

        until(up)
        client.close()
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        run("docker", "rm", "--force", server)


@pytest.mark.parametrize("kind", [RedisStore, AsyncRedisStore])
def test_the_contract_holds_on_every_server(
    url: str, kind: type[RedisStore] | type[AsyncRedisStore]
) -> None:
    store = blocking(kind(url, KEYS, timeout_s=5))
    results = ask(CASES, RealTime(store, rounds=200), lambda _: None)
    store.close()

    assert len(results) >= 40
    assert {one.case.name: one.why for one in results if one.verdict is not Verdict.PASSED} == {}
