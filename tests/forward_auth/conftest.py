"""nginx, HAProxy and Caddy as they are shipped, in front of a service that knows no sessions."""

import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from e2e.conftest import started
from edge.conftest import new_key
from support import echo as echo_upstream
from support.echo import Echo
from support.people import Person
from support.until import until

from devstack.ports import free_ports
from devstack.stack import Stack

SHIPPED = Path(__file__).parents[2] / "deploy" / "forward-auth"
COMMANDS = {
    "nginx": ["-e", "stderr", "-p", ".", "-c", "nginx.conf", "-g", "daemon off;"],
    "haproxy": ["-db", "-f", "haproxy.cfg"],
    "caddy": ["run", "--config", "Caddyfile", "--adapter", "caddyfile"],
}


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


@pytest.fixture(scope="module", params=COMMANDS)
def front(
    request: pytest.FixtureRequest,
    stack: Stack,
    echo: Echo,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Front]:
    """Give each proxy with the files in deploy/, but for the addresses in them."""
    name, port = request.param, free_ports(1)[0]
    program = shutil.which(name) or shutil.which(name, path="/usr/sbin")
    if program is None:
        pytest.skip(f"{name} is not installed")
    folder = tmp_path_factory.mktemp(name)
    addresses = {
        "127.0.0.1:8080": stack.urls[0].removeprefix("http://"),
        "127.0.0.1:5000": echo.url.removeprefix("http://"),
        "127.0.0.1:8088": f"127.0.0.1:{port}",
    }
    for file in (SHIPPED / name).iterdir():
        text = file.read_text()
        for ours, real in addresses.items():
            text = text.replace(ours, real)
        (folder / file.name).write_text(text)
    log = (folder / "log").open("wb")
    child = subprocess.Popen([program, *COMMANDS[name]], cwd=folder, stdout=log, stderr=log)
    try:
        until(lambda: child.poll() is not None or _listens(port), 10)
        assert child.poll() is None, (folder / "log").read_text()
        yield Front(name, f"http://127.0.0.1:{port}", stack, echo)
    finally:
        child.terminate()
        child.wait(10)
        log.close()


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), 1).close()
    except OSError:
        return False
    return True


@pytest.fixture
def person(front: Front) -> Iterator[Person]:
    """Give somebody who has an account and knows only the proxy."""
    made = Person(front.url).register()
    yield made
    made.close()
