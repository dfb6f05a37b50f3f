"""What judging a history gives: how much was checked, what was violated, how exact expiry was."""

from collections.abc import Callable
from dataclasses import dataclass, field

from loadtests.record import Op
from loadtests.story import Story


@dataclass(frozen=True, slots=True)
class Violation:
    """A guarantee that did not hold: what happened, and the requests that show it, in order.

    `count` is how many of the guarantee's checks it stands for: three lost updates are three.
    """

    what: str
    ops: tuple[Op, ...]
    person: str = ""
    count: int = 1


@dataclass(slots=True)
class Tally:
    """How many checks were made under one guarantee, and which failed."""

    checks: int = 0
    violations: list[Violation] = field(default_factory=list)
    expiry_errors_ms: list[float] = field(default_factory=list)
    """G4 only: observed minus promised end of each session whose expiry was watched."""

    def check(self, count: int = 1) -> None:
        """Count checks made."""
        self.checks += count

    def violated(self, story: Story, what: str, *ops: Op, count: int = 1) -> None:
        """Note a violation."""
        shown = tuple(sorted(ops, key=lambda op: op.start))
        self.violations.append(Violation(what, shown, story.person, count))


Guarantee = Callable[[Story], Tally]
"""Judges one history. A pure function of it."""
