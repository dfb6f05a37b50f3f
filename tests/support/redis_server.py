"""A real redis-server for a test, gone afterwards."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from devstack import redis_server


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
