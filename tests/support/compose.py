"""A deployment of deploy/ under a project name, port and networks of its own, gone afterwards."""

import json
import os
import random
import re
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from devstack.ports import free_ports

ROOT = Path(__file__).parents[2]
PROGRESS = re.compile(r"(ing|ed|Healthy)$")
UP_SECONDS, RECOVER_SECONDS = 240, 60
# Ends the main process of a container and nothing else, as a crash would: its init is spared,
# so that Docker sees an exit and the restart policy acts.
CRASH = "kill -9 $(cat /proc/1/task/1/children)"


@cache
def missing() -> str | None:
    """Tell why containers cannot be tested here, or None."""
    if os.environ.get("TEST_CONTAINERS") != "1":
        return "containers: `make test-containers` runs these"
    if shutil.which("docker") is None or run("docker", "info", check=False).returncode:
        return "containers: there is no Docker here"
    return None


def run(*command: str, check: bool = True, **options: Any) -> "subprocess.CompletedProcess[str]":
    """Run a program; fail with what it said."""
    done = subprocess.run(command, capture_output=True, text=True, check=False, **options)
    told = "\n".join(line for line in done.stderr.splitlines() if not PROGRESS.search(line))
    assert not check or done.returncode == 0, f"{' '.join(command)}\n{done.stdout}{told}"
    return done


def until(true: Callable[[], bool], seconds: float = RECOVER_SECONDS) -> float:
    """Poll until something is true; return the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        time.sleep(0.1)
    return time.monotonic() - start


class Compose:
    """One project. `folder` holds the clone, `files` names the compose files in its deploy/."""

    def __init__(self, folder: Path, files: Sequence[str], **env: str) -> None:
        self.folder, self.project = folder, f"hftest{secrets.token_hex(4)}"
        self.port = free_ports(1)[0]
        net = f"10.{random.randrange(100, 250)}"
        third = random.randrange(0, 250)
        self.env = {
            **{k: v for k, v in os.environ.items() if not k.startswith(("COMPOSE_", "HOLDFAST_"))},
            "DOCKER_BUILDKIT": "1",
            "HOLDFAST_PORT": str(self.port),
            "HOLDFAST_EDGE_NET": f"{net}.{third}",
            "HOLDFAST_DATA_NET": f"{net}.{third + 1}",
            "HOLDFAST_IMAGES": "holdfast-test",
            **env,
        }
        self.up_seconds = 0.0
        self._options = [part for file in files for part in ("-f", f"deploy/{file}")]

    @property
    def command(self) -> list[str]:
        """What every call begins with."""
        return ["docker", "compose", "-p", self.project, *self._options]

    @property
    def url(self) -> str:
        """The balancer's address."""
        scheme = "https" if any("tls" in one for one in self._options) else "http"
        return f"{scheme}://127.0.0.1:{self.port}"

    def __call__(self, *arguments: str, **options: Any) -> str:
        """Run `docker compose ...`; return what it printed."""
        command = [*self.command, *arguments]
        return run(*command, cwd=self.folder, env=self.env, **options).stdout

    def begin(self, *arguments: str) -> "subprocess.Popen[str]":
        """Start `docker compose ...` and do not wait for it."""
        command = [*self.command, *arguments]
        quiet: dict[str, Any] = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return subprocess.Popen(command, cwd=self.folder, env=self.env, text=True, **quiet)

    def up(self, *arguments: str) -> float:
        """Bring everything up and healthy; return the seconds it took."""
        start = time.monotonic()
        self("up", "--detach", "--wait", "--wait-timeout", str(UP_SECONDS), *arguments)
        return time.monotonic() - start

    def ids(self, service: str) -> list[str]:
        """List the running containers of a service, by number."""
        return self("ps", "--quiet", service).split()

    def inspect(self, *services: str) -> list[dict[str, Any]]:
        """Return Docker's facts of every container of some services, or of all."""
        ids = self("ps", "--all", "--quiet", *services).split()
        found: list[dict[str, Any]] = json.loads(run("docker", "inspect", *ids).stdout)
        return found

    def execute(self, service: str, *command: str, check: bool = True, number: int = 1) -> str:
        """Run something in a container: the first of those that run, whatever Compose calls it."""
        container = self.ids(service)[number - 1]
        return run("docker", "exec", container, *command, check=check).stdout.strip()

    def redis(self, *command: str, user: str = "operator", service: str = "redis") -> str:
        """Run a Redis command as one of its users."""
        return self.execute(service, "sh", "/etc/holdfast/cli.sh", user, *command, check=False)

    def crash(self, container: str) -> None:
        """Kill a container's main process with SIGKILL; return when Docker has started it again."""
        before = self._starts(container)
        run("docker", "exec", container, "sh", "-c", CRASH, check=False)
        until(lambda: self._starts(container) != before)

    def signal(self, container: str, name: str) -> None:
        """Send a signal to every process of a container but its init.

        STOP and CONT do what `docker pause` does, whose freezer gives up on a busy machine.
        """
        run("docker", "exec", container, "sh", "-c", f"kill -{name} -1")

    def _starts(self, container: str) -> str:
        return run("docker", "inspect", "-f", "{{.RestartCount}}", container).stdout

    def healthy(self, container: str) -> bool:
        """Tell whether a container's health check is content."""
        state = run("docker", "inspect", "-f", "{{.State.Health.Status}}", container)
        return state.stdout.strip() == "healthy"

    def image(self, service: str) -> str:
        """Name the image of a service."""
        return str(self.inspect(service)[0]["Image"])


def clone(target: Path) -> Path:
    """Copy what git knows of, and nothing else: what a user has after a clone.

    One setting is added: a busy test machine stands still for longer than the 250 ms that a call
    to the store may take by default.
    """
    listed = run("git", "ls-files", "-z", "-co", "--exclude-standard", cwd=ROOT).stdout
    for name in filter(None, listed.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, target / name)
    (target / "deploy" / "holdfast.env").write_text("HOLDFAST_STORE_TIMEOUT_MS=1000\n")
    return target


@contextmanager
def deployed(folder: Path, *overlays: str, **env: str) -> Iterator[Compose]:
    """Deploy with overlays; take everything away at the end, volumes too."""
    compose = Compose(folder, ["docker-compose.yml", *overlays], **env)
    try:
        compose("build", "--quiet")
        compose.up_seconds = compose.up()
        yield compose
    except BaseException:
        print(compose("logs", "--tail", "30", "--no-color", check=False))  # noqa: T201 - for pytest
        raise
    finally:
        compose("down", "--volumes", "--timeout", "5", "--remove-orphans")


def skip_without_docker() -> None:
    """Skip, and say why, where there is nothing to run containers."""
    if reason := missing():
        pytest.skip(reason)
