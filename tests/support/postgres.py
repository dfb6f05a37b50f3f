"""A real PostgreSQL of a test's own, where the machine has one installed."""

import os
import pwd
import shutil
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


@contextmanager
def running() -> Iterator[str]:
    """Run a server on a free port; yield its URL."""
    initdb, postgres = _program("initdb"), _program("pg_ctl")
    assert initdb
    assert postgres
    with tempfile.TemporaryDirectory() as name:
        folder, port, user = Path(name), free_ports(1)[0], _as_user()
        if user:
            os.chown(folder, user["user"], -1)
        data = str(folder / "data")
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "cwd": name, **user}
        subprocess.run([initdb, "-D", data, "-U", "test", "-A", "trust", "-N"], check=True, **quiet)
        options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories={name}"
        control = [postgres, "-D", data, "-w", "-l", f"{name}/log"]
        subprocess.run([*control, "-o", f"{options} -c fsync=off", "start"], check=True, **quiet)
        try:
            yield f"postgresql://test@127.0.0.1:{port}/postgres"
        finally:
            subprocess.run([*control, "-m", "immediate", "stop"], check=True, **quiet)
