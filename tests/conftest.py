"""What every test may ask for."""

import os
import secrets
from collections.abc import Iterator

import pytest
import redis
from hypothesis import settings
from support import redis_server
from support.account import HEAD, TABLE

from devstack import ports
from holdfast.keys import Keys
from holdfast.redis_store import RedisStore

pytest_plugins = ["support.by_requirement"]
# Its cases assert; here, before any test module imports them.
pytest.register_assert_rewrite("holdfast.conformance")
# An example has no deadline: how long one takes says how busy the machine is.
settings.register_profile("unhurried", deadline=None)
settings.load_profile("unhurried")
# `make fuzz` takes more examples.
settings.register_profile("long", max_examples=5_000, deadline=None)


def pytest_configure() -> None:
    """Give each process of a run ports of its own: what one finds free another may just open."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "")
    if worker:
        width = (ports.HIGHEST - ports.LOWEST) // int(os.environ["PYTEST_XDIST_WORKER_COUNT"])
        ports.LOWEST += width * int(worker.removeprefix("gw"))
        ports.HIGHEST = ports.LOWEST + width


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what each fault did, as it stands in docs/failures.md."""
    if TABLE:
        terminalreporter.section("faults under load, times in seconds")
        for line in (HEAD, *(row.line() for row in TABLE)):
            terminalreporter.write_line(line)


@pytest.fixture(scope="session")
def redis_url() -> Iterator[str]:
    """Give the URL of a real Redis that lives as long as the run."""
    with redis_server.running() as url:
        yield url


@pytest.fixture
def keys() -> Keys:
    """Give key names of this test's own, so that tests do not meet."""
    return Keys(f"t{secrets.token_hex(4)}", secrets.token_bytes(32))


@pytest.fixture
def store(redis_url: str, keys: Keys) -> Iterator[RedisStore]:
    """Give a blocking store on the real Redis."""
    store = RedisStore(redis_url, keys, timeout_s=5)
    yield store
    store.close()


@pytest.fixture
def client(redis_url: str) -> Iterator[redis.Redis]:
    """Give a plain client, to look at what the store left."""
    with redis.Redis.from_url(redis_url) as client:
        yield client
