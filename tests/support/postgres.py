"""A real PostgreSQL of a test's own, where the machine has one installed."""

import os
import pwd
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from devstack.ports import free_ports


def _program(name: str) -> str | None:
    found = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"))
    return str(found[-1]) if found else shutil.which(name)


needed = pytest.mark.skipif(_program("initdb") is None, reason="PostgreSQL is not installed here")


def _as_user() -> dict[str, int]:
    """PostgreSQL refuses to run as root."""
    return {"user": pwd.getpwnam("postgres").pw_uid} if os.getuid() == 0 else {}


class Server:
    """A server on a free port that a test may kill and start again."""

    def __init__(self, folder: Path) -> None:
        initdb, control = _program("initdb"), _program("pg_ctl")
        assert initdb
        assert control
        port, user, self._data = free_ports(1)[0], _as_user(), folder / "data"
        data = str(self._data)
        if user:
            os.chown(folder, user["user"], -1)
        self.url = f"postgresql://test@127.0.0.1:{port}/postgres"
        self._quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": str(folder), **user}
        self._control = [control, "-D", data, "-w", "-l", f"{folder}/log"]
        self._options = (
            f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={folder}"
            " -c fsync=off"
        )
        make = [initdb, "-D", data, "-U", "test", "-A", "trust", "-N"]
        subprocess.run(make, check=True, **self._quiet)
        self.start()

    def start(self) -> None:
        command = [*self._control, "-o", self._options, "start"]
        subprocess.run(command, check=True, **self._quiet)

    def freeze(self) -> None:
        """Stop it in its tracks: the system still takes what is sent to it."""
        self._signal(signal.SIGSTOP)

    def thaw(self) -> None:
        self._signal(signal.SIGCONT)

    def _signal(self, number: signal.Signals) -> None:
        first = int((self._data / "postmaster.pid").read_text().splitlines()[0])
        for stat in Path("/proc").glob("[0-9]*/stat"):
            try:
                parent = int(stat.read_text().rpartition(")")[2].split()[1])
            except OSError:  # it ended meanwhile
                continue
            if first in (parent, int(stat.parent.name)):
                os.kill(int(stat.parent.name), number)

    def kill(self) -> None:
        subprocess.run([*self._control, "-m", "immediate", "stop"], check=True, **self._quiet)


@contextmanager
def serving() -> Iterator[Server]:
    """Run a server that may be broken, and leave it whole."""
    with tempfile.TemporaryDirectory() as name:
        server = Server(Path(name))
        try:
            yield server
        finally:
            server.kill()


@contextmanager
def running() -> Iterator[str]:
    """Run a server; yield its URL."""
    with serving() as server:
        yield server.url
