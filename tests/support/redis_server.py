"""Real redis-servers for tests, gone afterwards."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import redis
from support.tls import Identity

from devstack import redis_server
from devstack.ports import free_ports
from devstack.process import Process


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Run a server on a Unix socket of its own; yield its URL."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        process = redis_server.start(folder, folder / "redis.sock", *options, durable=False)
        try:
            process.wait_ready()
            yield f"unix://{folder}/redis.sock"
        finally:
            process.kill()


@contextmanager
def running_on_a_port(*options: str) -> Iterator[str]:
    """Run a server on a TCP port, as most people reach theirs; yield its URL."""
    port = free_ports(1)[0]
    with running(*listening(port, None), *options):
        yield f"redis://127.0.0.1:{port}"


def listening(port: int, tls: Identity | None) -> list[str]:
    """Return the options of a server that listens on a port, with TLS alone where that is told."""
    if tls is None:
        return ["--port", str(port), "--bind", "127.0.0.1"]
    files = [word for name, value in tls.settings().items() for word in (f"--{name}", value)]
    return ["--tls-port", str(port), "--bind", "127.0.0.1", *files]


class Server:
    """A server on a TCP port that a test may kill, freeze and start again. Keeps an AOF.

    `client` are the options of the driver's clients to it.
    """

    def __init__(self, folder: Path, *options: str, tls: Identity | None = None) -> None:
        self.port, self._folder, self._options = free_ports(1)[0], folder, options
        self._tls, self.client = tls, dict[str, Any](tls.client if tls else {})
        self.process = self._start()

    def _start(self, *more: str) -> Process:
        listen = listening(self.port, self._tls)
        # A replica is not kept waiting for others that could share its copy.
        listen += ["--repl-diskless-sync-delay", "0"]
        return redis_server.start(
            self._folder, self._folder / "redis.sock", *listen, *self._options, *more
        )

    @property
    def url(self) -> str:
        return f"redis{'s' if self._tls else ''}://127.0.0.1:{self.port}/0"

    def ask(self, *command: object, password: str | None = None) -> object:
        """Send a command, as an administrator would."""
        url = f"unix://{self._folder}/redis.sock"
        with redis.Redis.from_url(url, password=password) as client:
            return client.execute_command(*command)

    def kill(self) -> None:
        self.process.kill()

    def start(self, *more: str) -> None:
        self.process = self._start(*more)
        self.process.wait_ready()

    def freeze(self) -> None:
        """Stop it in its tracks: the system still accepts connections for it."""
        self.process.signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self.process.signal(signal.SIGCONT)


@contextmanager
def serving(*options: str, tls: Identity | None = None) -> Iterator[Server]:
    """Run a server that may be broken."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name), *options, tls=tls)
        try:
            server.process.wait_ready()
            yield server
        finally:
            if server.process.alive():
                server.kill()
