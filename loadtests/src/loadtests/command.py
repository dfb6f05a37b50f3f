"""Runs Locust on the load tests, against a stack of our own or one that is running."""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from devstack.ports import free_ports
from devstack.stack import GATEWAYS, Stack
from loadtests import marks, profiles
from loadtests.faults import Injector

LOCUSTFILE = Path(__file__).parents[2] / "locustfile.py"
# One address stands for many people here, and rotated ids are tried again at once.
_STACK = {"HOLDFAST_ANONYMOUS_PER_CLIENT": "10000000"}


@dataclass(frozen=True, slots=True)
class Load:
    """A run: which profile, against what, and where its results go."""

    profile: str
    out: Path
    targets: str = ""
    adapter: str = "holdfast"
    idle_seconds: float | None = None
    patience: float = 60.0
    web: bool = False
    workers: int = 0

    def run(self) -> int:
        """Run it; return Locust's exit code: 0 when everything asked for holds."""
        profile = profiles.load(self.profile)
        self.out.mkdir(parents=True, exist_ok=True)
        marks.path_in(self.out).unlink(missing_ok=True)
        if self.targets:
            return self._locust(self.targets)
        with own_stack(self.out / "stack", profile.stack) as stack:
            injector = Injector(stack, profile.faults, self.out)
            try:
                injector.start()
                return self._locust(",".join(stack.urls))
            finally:
                injector.stop()

    def _locust(self, host: str) -> int:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", host]
        command += ["--profile", self.profile, "--adapter", self.adapter, "--out", str(self.out)]
        command += ["--patience", str(self.patience), "--loglevel", "WARNING"]
        command += [] if self.web else ["--headless", "--only-summary"]
        command += ["--processes", str(self.workers)] if self.workers else []
        if self.idle_seconds is not None:
            command += ["--idle-seconds", str(self.idle_seconds)]
        with _leaving_signals_to_the_child(), subprocess.Popen(command) as child:  # noqa: S603
            return child.wait()


@contextlib.contextmanager
def own_stack(folder: Path, settings: dict[str, str]) -> Iterator[Stack]:
    """Run a stack for as long as it is needed. Raises StartError, NoRedisError."""
    stack = Stack(folder, free_ports(GATEWAYS)[0], {**_STACK, **settings, **_given()})
    try:
        stack.start()
        yield stack
    finally:
        stack.stop()


def _given() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("HOLDFAST_")}


@contextlib.contextmanager
def _leaving_signals_to_the_child() -> Iterator[None]:
    """Let Ctrl-C, which reaches Locust too, be Locust's: it then writes its report."""
    # Not SIG_IGN, which a child inherits.
    before = signal.signal(signal.SIGINT, lambda *_: None)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, before)
