"""What the plots and limits are drawn from: a few bytes per operation."""

from array import array

from loadtests.record import UNKNOWN, History, Mark, Op, Outcome, Verb

NO_ANSWER = "no answer"


class Series:
    """Columns over all operations: start and time taken in microseconds, call, instance, answer."""

    def __init__(self) -> None:
        self.start, self.took = array("q"), array("l")
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
        instance = op.instance or (NO_ANSWER if op.outcome is Outcome.LOST else "unnamed")
        self.instance.append(self.instances.setdefault(instance, len(self.instances)))
        self.failed.append(op.outcome in UNKNOWN)
        self.status.append(op.status)
        self.cleared.append(op.cleared and op.verb is not Verb.LOGOUT)

    def outside(self, marks: list[Mark], settle_us: int = 2_000_000) -> tuple[list[int], int]:
        """Return durations of answers and the number of failures, outside of faults."""
        took, failed = [], 0
        for start, duration, bad in zip(self.start, self.took, self.failed, strict=True):
            end = start + duration
            if any(mark.start <= end and start <= mark.end + settle_us for mark in marks):
                continue
            failed += bad
            took.append(duration)
        return took, failed
