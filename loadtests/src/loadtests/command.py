"""Runs Locust on the load tests, against a stack of our own or one that is running."""

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from devstack.ports import free_ports
from devstack.stack import GATEWAYS, Stack
from loadtests import marks, profiles, stopping
from loadtests.faults import Breakable, Injector

LOCUSTFILE = Path(__file__).parents[2] / "locustfile.py"
# One address stands for many people here, and rotated ids are tried again at once.
_STACK = {"HOLDFAST_ANONYMOUS_PER_CLIENT": "10000000"}


@dataclass(frozen=True, slots=True)
class Load:
    """A run: which profile, how it is spoken, and where its results go."""

    profile: str
    out: Path
    adapter: str = "holdfast"
    idle_seconds: float | None = None
    patience: float = 60.0
    web: bool = False
    workers: int = 0
    brief: bool = False

    def on_own_stack(self) -> int:
        """Run it against a stack of ours. Raises UsageError, StartError, NoRedisError."""
        profile = profiles.load(self.profile)
        with own_stack(self.out / "stack", profile.stack) as stack:
            return self.on(stack.urls, stack)

    def on(self, urls: Sequence[str], servers: Breakable | None = None) -> int:
        """Run it against what serves there; return Locust's exit code: 0 when all holds.

        What the profile breaks is broken where `servers` are ours. Raises UsageError.
        """
        profile = profiles.load(self.profile)
        self.out.mkdir(parents=True, exist_ok=True)
        marks.path_in(self.out).unlink(missing_ok=True)
        if servers is None:
            return self._locust(urls)
        injector = Injector(servers, profile.faults, self.out)
        try:
            injector.start()
            return self._locust(urls)
        finally:
            injector.stop()

    def _locust(self, urls: Sequence[str]) -> int:
        command = [sys.executable, "-m", "locust", "-f", str(LOCUSTFILE), "--host", ",".join(urls)]
        command += ["--profile", self.profile, "--adapter", self.adapter, "--out", str(self.out)]
        command += ["--patience", str(self.patience), "--loglevel", "WARNING"]
        # The web UI can send load anywhere, so it listens on loopback by default.
        web = ["--web-host", os.environ.get("LOCUST_WEB_HOST", "127.0.0.1")]
        command += web if self.web else ["--headless", "--only-summary"]
        command += ["--brief"] if self.brief else []
        command += ["--processes", str(self.workers)] if self.workers else []
        if self.idle_seconds is not None:
            command += ["--idle-seconds", str(self.idle_seconds)]
        code, was_asked_to_stop = stopping.run(command)
        if was_asked_to_stop and self.brief:
            raise KeyboardInterrupt  # What this run is a part of ends too.
        return code


@contextlib.contextmanager
def own_stack(folder: Path, settings: dict[str, str]) -> Iterator[Stack]:
    """Run a stack for as long as it is needed. Raises StartError, NoRedisError."""
    stack = Stack(folder, free_ports(GATEWAYS)[0], {**_STACK, **settings, **_given()})
    try:
        stack.start()
        yield stack
    finally:
        with stopping.put_off():
            stack.stop()


def _given() -> dict[str, str]:
    return {name: value for name, value in os.environ.items() if name.startswith("HOLDFAST_")}
