"""What the plots and limits are drawn from: a few bytes per operation."""

from array import array
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from loadtests.record import UNKNOWN, History, Mark, Op, Outcome, Verb

NO_ANSWER = "no answer"
ENTRY = frozenset({Verb.REGISTER, Verb.LOGIN, Verb.PASSWORD})
"""What costs some systems a password hash, and others nothing."""
_UNAVAILABLE = 503


class Series:
    """Columns over all operations: start and time taken in microseconds, call, instance, answer."""

    def __init__(self) -> None:
        self.start, self.took = array("q"), array("q")
        self.call, self.instance, self.failed = array("B"), array("H"), array("B")
        self.status, self.cleared = array("H"), array("B")
        self.calls: dict[str, int] = {}
        self.instances: dict[str, int] = {}

    def add(self, history: History) -> None:
        """Add a history's operations."""
        for op in history.ops:
            self._add(op)

    def _add(self, op: Op) -> None:
        self.start.append(op.start)
        self.took.append(op.end - op.start)
        self.call.append(self.calls.setdefault(op.verb, len(self.calls)))
        instance = op.instance or ("unnamed" if op.status else NO_ANSWER)
        self.instance.append(self.instances.setdefault(instance, len(self.instances)))
        self.failed.append(op.outcome in UNKNOWN and op.outcome is not Outcome.CUT)
        self.status.append(op.status)
        self.cleared.append(op.cleared and op.verb is not Verb.LOGOUT)

    def outside(self, marks: list[Mark], settle_us: int = 2_000_000) -> "Calm":
        """Return what happened outside of faults."""
        start = np.frombuffer(self.start, np.int64)
        took = np.frombuffer(self.took, np.int64)
        calm = np.ones(len(start), np.bool_)
        for mark in marks:
            calm &= (start > mark.end + settle_us) | (start + took < mark.start)
        entries = [number for call, number in self.calls.items() if call in ENTRY]
        entering = np.isin(np.frombuffer(self.call, np.uint8), entries)
        put_off = entering & (np.frombuffer(self.status, np.uint16) == _UNAVAILABLE)
        failed = np.frombuffer(self.failed, np.uint8) > 0
        return Calm(took[calm], int((failed & ~put_off & calm).sum()), int((put_off & calm).sum()))


@dataclass(frozen=True, slots=True)
class Calm:
    """Requests outside of faults: how long each took, in microseconds, and how many failed.

    `put_off`: sign-ins for which there was no room yet, and which were asked to come again.
    """

    took: NDArray[np.int64]
    failed: int
    put_off: int
