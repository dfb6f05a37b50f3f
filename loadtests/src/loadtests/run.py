"""One run in one process: who is alive, where histories go, when it is to end."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from locust.env import Environment

from loadtests.life import ROUNDS
from loadtests.profiles import UsageError
from loadtests.record import History, pack
from loadtests.targets import Target, by_name

DRAIN_SECONDS = 20.0
"""How long lives may take to come to their end in good order."""
_POLL_SECONDS = 0.05


@dataclass(slots=True)
class Run:
    """What every person of this process shares. `sink` takes packed histories."""

    target: Target
    bases: list[str]
    sink: Callable[[bytes], object]
    rounds: int = ROUNDS
    draining: bool = False
    alive: int = 0

    @contextmanager
    def living(self) -> Iterator[None]:
        """Count a life while it lasts."""
        self.alive += 1
        try:
            yield
        finally:
            self.alive -= 1

    def keep(self, history: History) -> None:
        """Put a history on record."""
        if history.ops:
            self.sink(pack(history))

    def drain(self, seconds: float) -> None:
        """Ask everybody to come to an end, and wait for them."""
        self.draining = True
        until = time.monotonic() + seconds
        while self.alive and time.monotonic() < until:
            time.sleep(_POLL_SECONDS)


def new_run(environment: Environment, sink: Callable[[bytes], object]) -> Run:
    """Begin a run as Locust's options tell, and hand it to the users. Raises UsageError."""
    options: object = environment.parsed_options
    adapter, idle = getattr(options, "adapter", ""), getattr(options, "idle_seconds", None)
    try:
        target = by_name(adapter, idle)
    except KeyError:
        raise UsageError(f"no adapter {adapter!r}: there are holdfast and common") from None
    bases = [base.strip().rstrip("/") for base in (environment.host or "").split(",")]
    rounds = getattr(options, "rounds", None) or ROUNDS
    run = Run(target, [base for base in bases if base], sink, rounds)
    environment.holdfast = run  # type: ignore[attr-defined] # Locust's way to hand things on.
    return run
