"""The Flask example that checks X-Auth-Assertion, on gunicorn."""

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
from support.until import until

from devstack.ports import free_ports

EXAMPLE = Path(__file__).parents[2] / "examples" / "flask-assertion"


@contextmanager
def running(folder: Path, gateway: str) -> Iterator[str]:
    """Run it, believing the keys of `gateway`; give its URL."""
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "gunicorn", "--no-control-socket", "-b", f"127.0.0.1:{port}"]
    with (folder / "flask.log").open("wb") as log:
        child = subprocess.Popen(
            [*command, "--chdir", str(EXAMPLE), "app:app"],
            env={**os.environ, "GATEWAY": gateway},
            stdout=log,
            stderr=log,
        )
    try:
        url = f"http://127.0.0.1:{port}"
        until(lambda: _answers(url), 20)
        yield url
    finally:
        child.terminate()
        child.wait(10)


def _answers(url: str) -> bool:
    try:
        return httpx.get(f"{url}/flask/me", trust_env=False).status_code == 401
    except httpx.TransportError:
        return False
