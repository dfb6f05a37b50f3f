"""Real redis-servers for tests, gone afterwards."""

import signal
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import redis

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


class Server:
    """A server on a TCP port that a test may kill, freeze and start again. Keeps an AOF."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.port, self._folder, self._options = free_ports(1)[0], folder, options
        self.process = self._start()

    def _start(self, *more: str) -> Process:
        listen = ["--port", str(self.port), "--bind", "127.0.0.1"]
        # A replica is not kept waiting for others that could share its copy.
        listen += ["--repl-diskless-sync-delay", "0"]
        return redis_server.start(
            self._folder, self._folder / "redis.sock", *listen, *self._options, *more
        )

    @property
    def url(self) -> str:
        return f"redis://127.0.0.1:{self.port}/0"

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
def serving(*options: str) -> Iterator[Server]:
    """Run a server that may be broken."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name), *options)
        try:
            server.process.wait_ready()
            yield server
        finally:
            if server.process.alive():
                server.kill()
