"""A stack on a Redis that tests may break, and people who use it."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import started
from support import echo as echo_upstream
from support import traffic
from support.echo import Echo
from support.people import Person
from support.redis_cluster import Cluster
from support.redis_server import Server, serving
from support.traffic import Traffic

from devstack.stack import Stack

REFUSED_WITHIN = 1.0


class Bench:
    """A whole stack, its Redis, an upstream that counts, and people who use it."""

    def __init__(self, stack: Stack, redis: Any, echo: Echo, people: ExitStack) -> None:
        self.stack, self.redis, self.echo, self._people = stack, redis, echo, people

    def someone(self) -> Person:
        person = Person(*self.stack.urls)
        self._people.callback(person.close)
        return person

    def under_load(self, fault: str, **options: Any) -> AbstractContextManager[Traffic]:
        return traffic.under_load(fault, *self.stack.urls, **options)


@contextmanager
def bench_on(redis: Server | Cluster, folder: Path, **settings: str) -> Iterator[Bench]:
    """Start a stack of one's own; settings override what faults usually run with."""
    with echo_upstream.running() as echo:
        routes = folder / "routes.toml"
        routes.write_text(
            f'[[routes]]\nprefix = "/public"\nupstream = "{echo.url}"\naccess = "public"\n'
            f'[[routes]]\nprefix = "/echo"\nupstream = "{echo.url}"\n'
        )
        env = {
            "HOLDFAST_ROUTES": str(routes),
            "HOLDFAST_REDIS_URL": redis.url,
            "HOLDFAST_LOGIN_ATTEMPTS": "5",
            **settings,
        }
        with started(folder / "run", **env) as stack, ExitStack() as people:
            yield Bench(stack, redis, echo, people)


@pytest.fixture(scope="session")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give the stack that most faults share: each test leaves it whole."""
    with serving() as redis, bench_on(redis, tmp_path_factory.mktemp("faults")) as made:
        yield made
