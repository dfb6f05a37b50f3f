"""The system's HAProxy, with a configuration of the test's own."""

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.until import until

from devstack.ports import is_free

BINARY = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
needed = pytest.mark.skipif(BINARY is None, reason="haproxy is not installed here")
DEFAULTS = """
defaults
    mode http
    timeout connect 2s
    timeout client 10s
    timeout server 10s
"""


@contextmanager
def running(configuration: str, port: int, folder: Path) -> Iterator[None]:
    """Run it until the block ends; `port` is one that the configuration binds."""
    assert BINARY
    file = folder / "haproxy.cfg"
    file.write_text(DEFAULTS + configuration)
    child = subprocess.Popen([BINARY, "-db", "-f", str(file)], cwd=folder)
    try:
        until(lambda: child.poll() is not None or not is_free(port), 10)
        assert child.poll() is None, "HAProxy refuses its configuration"
        yield
    finally:
        child.terminate()
        child.wait(10)
