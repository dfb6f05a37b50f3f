"""Whole stacks: real Redis, real gunicorns, two gateways, two auths, the shop."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path

import pytest
from support import echo as echo_upstream
from support.echo import Echo
from support.people import Person
from support.until import until

from devstack.ports import free_ports
from devstack.process import answers
from devstack.stack import GATEWAYS, Stack


def started(folder: Path, **settings: str) -> AbstractContextManager[Stack]:
    return running(Stack(folder, free_ports(GATEWAYS)[0], settings))


@contextmanager
def running(stack: Stack) -> Iterator[Stack]:
    """Run a stack; it ends at once. How one ends in good order is what other tests are about."""
    try:
        stack.start()
        yield stack
    finally:
        for process in stack.processes.values():
            # Its workers outlive a server that a test has killed alone.
            with suppress(ProcessLookupError):
                process.kill()


@pytest.fixture(scope="session")
def echo() -> Iterator[Echo]:
    with echo_upstream.running() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory, echo: Echo) -> Iterator[Stack]:
    """Give the stack that most tests share; nobody breaks it."""
    folder = tmp_path_factory.mktemp("stack")
    routes = folder / "routes.toml"
    routes.write_text(
        f'[[routes]]\nprefix = "/echo"\nupstream = "{echo.url}"\nmax_body = "1 MiB"\n'
        f'[[routes]]\nprefix = "/public"\nupstream = "{echo.url}"\naccess = "public"\n'
        f'[[routes]]\nprefix = "/boss"\nupstream = "{echo.url}"\naccess = "role:boss"\n'
        f'[[routes]]\nprefix = "/gone"\nupstream = "http://127.0.0.1:{free_ports(1)[0]}"\n'
        'access = "public"\n'
    )
    settings = {
        "HOLDFAST_ROUTES": str(routes),
        "HOLDFAST_IDLE_SECONDS": "30",
        "HOLDFAST_ANONYMOUS_PER_CLIENT": "100000",
        "HOLDFAST_LOGIN_ATTEMPTS": "5",
    }
    with started(folder, **settings) as shared:
        yield shared


@pytest.fixture(scope="session")
def breakable_stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with started(tmp_path_factory.mktemp("breakable")) as stack:
        yield stack


@pytest.fixture
def breakable(breakable_stack: Stack) -> Iterator[Stack]:
    """Give a stack whose processes a test may kill; afterwards they are started again."""
    yield breakable_stack
    for name, process in list(breakable_stack.processes.items()):
        if not process.alive():
            breakable_stack.restart(name)
    # The auths, too: each finds out by itself that the store is back, and refuses sign-ins before.
    auths = breakable_stack.env["HOLDFAST_AUTH_URLS"].split(",")
    for url in [*breakable_stack.urls, *auths]:
        until(lambda url=url: answers(f"{url}/readyz"), 10)  # type: ignore[misc] # its own url


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    """Give somebody with an account who is not signed in."""
    made = Person(*stack.urls).register()
    yield made
    made.close()


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Person]:
    """Give somebody who just looks."""
    made = Person(*stack.urls)
    yield made
    made.close()


@pytest.fixture(scope="session")
def fuzzed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack that refuses nobody for asking often."""
    often = {"HOLDFAST_ANONYMOUS_PER_CLIENT": "1000000", "HOLDFAST_LOGIN_ATTEMPTS": "1000000"}
    with started(tmp_path_factory.mktemp("fuzzed"), **often) as running:
        yield running
