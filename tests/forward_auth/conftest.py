"""The proxies as they are shipped, in front of a service that knows no sessions."""

from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from e2e.conftest import started
from edge.conftest import new_key
from support import echo as echo_upstream
from support import proxies
from support.echo import Echo
from support.people import Person

from devstack.stack import Stack


@dataclass
class Front:
    """A proxy in front of the stack and of the service."""

    name: str
    url: str
    stack: Stack
    echo: Echo


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    folder = tmp_path_factory.mktemp("forward-auth")
    settings = {
        "HOLDFAST_TRUSTED_PROXIES": "127.0.0.1/32",
        "HOLDFAST_ASSERTION_KEY_FILE": str(new_key(folder / "key.pem")),
    }
    with started(folder / "run", **settings) as running:
        yield running


@pytest.fixture(scope="module")
def echo() -> Iterator[Echo]:
    with echo_upstream.running() as upstream:
        yield upstream


@pytest.fixture(scope="module", params=proxies.COMMANDS)
def front(
    request: pytest.FixtureRequest,
    stack: Stack,
    echo: Echo,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Give each proxy that is installed."""
    name: str = request.param
    if proxies.program(name) is None:
        pytest.skip(f"{name} is not installed")
    with proxies.running(name, stack.urls[0], echo.url, tmp_path_factory.mktemp(name)) as url:
        yield Front(name, url, stack, echo)


@pytest.fixture
def person(front: Front) -> Iterator[Person]:
    """Give somebody who has an account and knows only the proxy."""
    made = Person(front.url).register()
    yield made
    made.close()
