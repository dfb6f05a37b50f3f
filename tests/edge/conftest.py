"""A stack whose routes lead to upstreams of every kind."""

import socket
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
)
from e2e.conftest import running
from support import echo as echo_upstream
from support import flask_service
from support import scripted as scripted_upstream
from support import service as service_upstream
from support.echo import Echo
from support.people import Person
from support.scripted import Scripted
from support.service import Service
from support.until import until

from devstack.ports import free_ports
from devstack.stack import Stack

TRUSTED = "127.0.0.2"


def new_key(path: Path) -> Path:
    """Write a P-256 key."""
    key = generate_private_key(SECP256R1())
    path.write_bytes(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
    return path


@pytest.fixture(scope="session")
def echo() -> Iterator[Echo]:
    with echo_upstream.running() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    file = tmp_path_factory.mktemp("service") / "file.txt"
    file.write_text("0123456789")
    with service_upstream.running(file) as upstream:
        yield upstream


@pytest.fixture(scope="session")
def scripted() -> Iterator[Scripted]:
    with scripted_upstream.running() as upstream:
        yield upstream


@pytest.fixture(scope="session")
def silent() -> Iterator[str]:
    """Give the URL of a server that takes connections and says nothing."""
    with socket.create_server(("127.0.0.1", 0), backlog=100) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="session")
def black_hole() -> Iterator[str]:
    """Give the URL of a server that no connection reaches: those that wait there are too many."""
    with socket.create_server(("127.0.0.1", 0), backlog=0) as server, ExitStack() as waiting:
        for _ in range(4):
            client = waiting.enter_context(socket.socket())
            client.setblocking(False)  # noqa: FBT003 - the socket's own word
            client.connect_ex(server.getsockname())
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.fixture(scope="session")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    echo: Echo,
    service: Service,
    scripted: Scripted,
    silent: str,
    black_hole: str,
) -> Iterator[Stack]:
    """Give the stack that these tests share; nobody breaks it.

    Its second gateway parses in Python, as one does where gunicorn's C parser cannot be built; so
    does what is started again later, which is never the first.
    """
    folder = tmp_path_factory.mktemp("edge")
    dead, port = f"http://127.0.0.1:{free_ports(1)[0]}", free_ports(2)[0]
    routes = {
        "echo": (echo.url, "session", 'max_body = "1 MiB"'),
        "public": (echo.url, "public", 'max_body = "1 KiB"'),
        "app": (service.url, "public", 'max_body = "2 GiB"'),
        "member": (service.url, "session", ""),
        "boss": (service.url, "role:boss", ""),
        "silent": (silent, "public", 'timeout_seconds = 1\nmax_body = "1 GiB"'),
        "raw": (scripted.url, "public", "timeout_seconds = 2"),
        "raw-member": (scripted.url, "session", ""),
        "hole": (black_hole, "public", ""),
        "beside-a-hole": ([black_hole, echo.url], "public", ""),
        "gone": (dead, "public", ""),
        "many": ([dead, echo.url], "public", ""),
        "halves": ([scripted.url, echo.url], "public", ""),
        "circle": (f"http://127.0.0.1:{port}", "public", ""),
        "short": (echo.url, "public", "strip_prefix = true"),
    }
    path = folder / "routes.toml"
    path.write_text(
        "\n".join(
            f'[[routes]]\nprefix = "/{name}"\nupstream = {upstream!r}\naccess = "{access}"\n{more}'
            for name, (upstream, access, more) in routes.items()
        )
    )
    settings = {
        "HOLDFAST_ROUTES": str(path),
        "HOLDFAST_HOSTS": "a,127.0.0.1,localhost",
        "HOLDFAST_TRUSTED_PROXIES": f"{TRUSTED}/32",
        "HOLDFAST_ANONYMOUS_PER_CLIENT": "100000",
        "HOLDFAST_ASSERTION_KEY_FILE": str(new_key(folder / "key.pem")),
    }
    with running(Stack(folder, port, settings)) as shared:
        shared.env["GUNICORN_CMD_ARGS"] = "--http-parser python"
        shared.restart("gateway-2")
        yield shared


@pytest.fixture
def person(stack: Stack) -> Iterator[Person]:
    """Give somebody who is signed in."""
    made = Person(*stack.urls).register()
    made.log_in()
    yield made
    made.close()


@pytest.fixture
def visitor(stack: Stack) -> Iterator[Person]:
    """Give somebody who just looks."""
    made = Person(*stack.urls)
    yield made
    made.close()


@dataclass
class Breakable:
    """A stack that a test may break, if it mends it again, and somebody who is signed in there."""

    stack: Stack
    person: Person
    flask: str
    old_key: Path
    new_key: Path


@pytest.fixture(scope="session")
def breakable_parts(
    tmp_path_factory: pytest.TempPathFactory, service: Service
) -> Iterator[Breakable]:
    folder, port = tmp_path_factory.mktemp("breakable"), free_ports(2)[0]
    old, new, routes = new_key(folder / "old"), new_key(folder / "new"), folder / "routes.toml"
    with flask_service.running(folder, f"http://127.0.0.1:{port}") as flask:
        routes.write_text(
            f'[[routes]]\nprefix = "/member"\nupstream = "{service.url}"\n'
            f'[[routes]]\nprefix = "/flask"\nupstream = "{flask}"\n'
        )
        settings = {
            "HOLDFAST_ROUTES": str(routes),
            "HOLDFAST_ASSERTION_KEY_FILE": str(old),
            "HOLDFAST_ASSERTION_OTHER_KEY_FILES": str(new),
        }
        with running(Stack(folder / "run", port, settings)) as stack:
            person = Person(*stack.urls).register()
            yield Breakable(stack, person, flask, old, new)
            person.close()


@pytest.fixture
def breakable(breakable_parts: Breakable) -> Breakable:
    """Give the stack with somebody freshly signed in, once what a test broke serves again."""
    person = breakable_parts.person
    until(lambda: person.log_in().status_code == 200, 15)
    until(lambda: all(person.get("/session", at=n).status_code == 200 for n in (0, 1)), 15)
    return breakable_parts
