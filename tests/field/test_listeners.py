"""The public and the internal listener: what each serves, and what a reload does to connections."""

import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from field.test_settings import refusal

from auth.settings import AuthSettings
from devstack.ports import free_ports
from devstack.process import Process
from devstack.stack import Stack
from gateway.settings import GatewaySettings

INTERNAL = {"gateway": ["/metrics"], "auth": ["/metrics", "/admin/users/a", "/openapi.json"]}


def connection(address: str) -> socket.socket:
    """Connect to `host:port` or `unix:/path`. Raises OSError."""
    if address.startswith("unix:"):
        made = socket.socket(socket.AF_UNIX)
        try:
            made.connect(address.removeprefix("unix:"))
        except OSError:
            made.close()
            raise
        return made
    host, _, port = address.rpartition(":")
    return socket.create_connection((host, int(port)), 10)


def status(address: str, path: str) -> int:
    """Ask a listener; return 0 where nothing answers."""
    with suppress(OSError), connection(address) as one:
        one.settimeout(10)
        one.sendall(f"GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n".encode())
        line = one.makefile("rb").readline().split(b" ")
        return int(line[1]) if len(line) > 1 else 0
    return 0


@contextmanager
def serving(stack: Stack, kind: str, public: str, internal: str) -> Iterator[None]:
    """Run one more instance of a service on addresses of its own."""
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{kind}.gunicorn_conf"]
    more = {"HOLDFAST_BIND": public, "HOLDFAST_INTERNAL_BIND": internal}
    process = Process(
        kind,
        command,
        {**stack.env, "HOLDFAST_INSTANCE": "one-more", **more},
        stack.folder / f"{kind}-more.log",
        lambda: status(public, "/healthz") == 200,
    )
    try:
        process.wait_ready()
        yield
    finally:
        process.stop()


@pytest.mark.parametrize("kind", ["gateway", "auth"])
def test_what_is_internal_is_not_served_on_the_public_address_of_the_same_port(
    stack: Stack, tmp_path: Path, kind: str
) -> None:
    """/metrics and /admin are found by the listener of a connection, not by its port.

    Report: this project's review (case B3).
    Rule: ASVS 5.0, 13.4.5.
    """
    port = free_ports(1)[0]
    pairs = [
        (f"127.0.0.1:{port}", f"127.0.0.2:{port}"),
        (f"unix:{tmp_path}/public", f"unix:{tmp_path}/internal"),
    ]
    for public, internal in pairs:
        with serving(stack, kind, public, internal):
            for path in INTERNAL[kind]:
                assert status(public, path) == 404, path
                assert status(internal, path) in (200, 403), path
            assert status(public, "/login") in (200, 503)


@pytest.mark.parametrize("kind", [GatewaySettings, AuthSettings])
def test_listeners_that_cannot_be_told_apart_stop_the_start(
    kind: type[AuthSettings | GatewaySettings],
) -> None:
    """Equal ports on one address, or on one of all addresses, are refused with one line.

    Report: this project's review (case B3).
    Rule: ASVS 5.0, 13.4.5.
    """
    for public, internal in (
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("0.0.0.0:80", "127.0.0.1:80"),
        ("[::]:80", "127.0.0.1:80"),
        ("localhost:80", "127.0.0.2:80"),
        ("unix:/a", "unix:/a"),
    ):
        line = refusal(kind, HOLDFAST_BIND=public, HOLDFAST_INTERNAL_BIND=internal)
        assert line.startswith(f"HOLDFAST_INTERNAL_BIND ({internal}) cannot be told apart from")

    assert not refusal(kind, HOLDFAST_BIND="10.0.0.1:80", HOLDFAST_INTERNAL_BIND="10.0.0.2:80")
