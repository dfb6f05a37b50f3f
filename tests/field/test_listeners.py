"""The public and the internal listener: what each serves, and what a reload does to connections."""

import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from field.test_settings import refusal
from support.raw import Wire
from support.until import until

from auth.settings import AuthSettings
from devstack.ports import free_ports
from devstack.process import Process
from devstack.stack import Stack
from gateway.connection import QUIET_SECONDS
from gateway.settings import GatewaySettings

# A worker that leaves looks once a second whether it was asked to.
LOOK_SECONDS = 1.1
RELOADS = 2
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
def serving(stack: Stack, kind: str, public: str, internal: str) -> Iterator[Process]:
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
        yield process
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


REQUEST = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"


def workers_of(process: Process) -> set[int]:
    children = Path(f"/proc/{process.pid}/task/{process.pid}/children")
    return {int(pid) for pid in children.read_text().split()}


def answered(wire: Wire) -> bool:
    """Ask for a health check; tell whether the connection is kept. Fail where nothing comes."""
    reply = wire.send(REQUEST).reply()
    assert reply.status == 200
    return reply.all("connection") != ["close"]


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for a master's workers")
def test_what_has_arrived_when_a_worker_leaves_is_answered(stack: Stack) -> None:
    """A request in the buffer of a connection is read before a leaving worker closes it.

    The worker is stopped between the signal and its end, and goes on with both requests there: one
    on a connection that was idle for long, one on a connection that had sent nothing.

    Report: gunicorn#3389 (case Q17).
    Rule: RFC 9112, 9.6.
    """
    port, internal = free_ports(2)
    with serving(stack, "gateway", f"127.0.0.1:{port}", f"127.0.0.1:{internal}") as process:
        until(lambda: leave_with_requests_in_the_buffer(process, port), 60)


def leave_with_requests_in_the_buffer(process: Process, port: int) -> bool:
    """Have a worker leave so; tell whether it was stopped in time. Fail where nothing comes."""
    (worker,) = workers_of(process)
    with Wire(port) as idle, Wire(port) as busy:
        assert answered(idle)
        start = time.monotonic()
        until(lambda: time.monotonic() - start > QUIET_SECONDS and answered(busy), 10)
        os.kill(worker, signal.SIGTERM)
        # Its answers close connections from the moment that it has seen the signal.
        until(lambda: not worker_keeps(port), 5)
        with Wire(port) as fresh:
            os.kill(worker, signal.SIGSTOP)
            closed, _, _ = select.select([idle.socket, busy.socket], [], [], 0)
            for wire in (fresh, idle, busy):
                wire.send(REQUEST)
            stopped = time.monotonic()
            until(lambda: time.monotonic() - stopped > LOOK_SECONDS, 5)
            os.kill(worker, signal.SIGCONT)
            for wire in () if closed else (fresh, idle, busy):
                assert wire.reply().status == 200
    until(lambda: workers_of(process) not in (set(), {worker}), 15)
    return not closed


def worker_keeps(port: int) -> bool:
    with Wire(port) as wire:
        return answered(wire)


class Client(threading.Thread):
    """Asks until it is stopped, on a connection that is kept, or on a new one each time.

    `lost`: requests that nothing came for.
    """

    def __init__(self, port: int, over: threading.Event, *, keeps: bool) -> None:
        super().__init__()
        self._port, self._over, self._keeps = port, over, keeps
        self.asked, self.lost = 0, 0

    def run(self) -> None:
        while not self._over.is_set():
            with Wire(self._port) as wire:
                while not self._over.is_set():
                    reply = wire.send(REQUEST).reply()
                    self.asked += 1
                    self.lost += reply.status == 0
                    if not self._keeps or reply.status == 0 or reply.all("connection"):
                        break
                    time.sleep(0.001 * (self.asked % 20))  # think


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for a master's workers")
def test_a_reload_under_load_loses_no_request(stack: Stack) -> None:
    """While a gateway is reloaded, each request is answered, on kept and on new connections.

    Report: gunicorn#3389 (case Q17).
    Rule: RFC 9112, 9.3.1 and 9.6.
    """
    port, internal = free_ports(2)
    over = threading.Event()
    with serving(stack, "gateway", f"127.0.0.1:{port}", f"127.0.0.1:{internal}") as process:
        clients = [Client(port, over, keeps=number % 2 == 0) for number in range(8)]
        for one in clients:
            one.start()
        try:
            for _ in range(RELOADS):
                old = workers_of(process)
                os.kill(process.pid, signal.SIGHUP)
                until(lambda old=old: not old & workers_of(process), 30)  # type: ignore[misc]
        finally:
            over.set()
            for one in clients:
                one.join()
    assert sum(one.asked for one in clients) > 100
    assert [one.lost for one in clients] == [0] * len(clients)
