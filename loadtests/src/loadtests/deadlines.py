"""When a session may end of itself, on the recorder's clock.

A server that tells its deadlines tells them on its own clock (`Stamps`). How far that is from
ours follows from the requests: a time stamped while a request was under way lies between
its start and its end. Where nothing is told, the configured idle time runs from the last
request that was served. Either way a deadline is an interval, as wide as our ignorance.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from loadtests.record import Op, Outcome, Stamps, Verb
from loadtests.sessions import NEVER, SessionStory

_MS = 1000
_WATCHED_US = 2_000_000
"""Two requests closer than this, one served and one refused, show when a session ended."""


@dataclass(frozen=True, slots=True)
class Interval:
    """Microseconds, from `low` to `high`."""

    low: int
    high: int


def server_ahead(sessions: Iterable[SessionStory]) -> Interval:
    """Return how far the server's clock is ahead of ours, in microseconds."""
    low, high = -NEVER, NEVER
    for session in sessions:
        newest, before = 0, 0
        for op in session.live:
            stamps = _stamps(op)
            if stamps is not None:
                low = max(low, stamps.last_seen_ms * _MS - op.end)
                # Only this operation can have stamped a time that none before it had shown.
                alone = before <= op.start and newest < stamps.last_seen_ms
                if op.verb is Verb.LOGIN or (alone and newest):
                    high = min(high, (stamps.last_seen_ms + 1) * _MS - op.start)
                newest = max(newest, stamps.last_seen_ms)
            elif op.verb is not Verb.PEEK:
                newest = 0  # It may have stamped a time that it did not show.
            before = max(before, op.end)
    return Interval(min(low, high), max(low, high))


def _stamps(op: Op) -> Stamps | None:
    return op.body.stamps if op.body is not None and op.served else None


class Deadline:
    """The deadline of one session, as it moves with each operation noted in order of start."""

    def __init__(self, session: SessionStory, ahead: Interval, idle_us: int | None) -> None:
        self._ahead, self._idle_us = ahead, idle_us
        self._told = any(map(_stamps, session.live))
        self.known = self._told or idle_us is not None
        self._begin()

    def _begin(self) -> None:
        self._window, self._most, self.high = self._idle_us, NEVER, 0
        self._reports: list[tuple[int, int]] = []  # end of an answer, deadline at the earliest

    def low(self, at: int) -> int:
        """Return until when a request that began at `at` had to be served."""
        return max((low for end, low in self._reports if end <= at), default=0)

    def note(self, op: Op) -> None:
        """Move on by one operation."""
        if not self.known or op.outcome is Outcome.GONE:
            return
        if op.verb is Verb.LOGIN and op.served:
            self._begin()  # What a session of nobody had been promised is over.
        stamps = _stamps(op)
        if stamps is not None:
            self._note_stamps(op, stamps)
        elif op.verb is not Verb.PEEK:
            if self._window is not None and op.served and not self._told:
                self._reports.append((op.end, op.start + self._window))
            lost = self._window is None or op.outcome in (Outcome.LOST, Outcome.CUT)
            late = NEVER if lost else op.end + (self._window or 0)
            self.high = max(self.high, min(late, self._most))

    def _note_stamps(self, op: Op, stamps: Stamps) -> None:
        window = (stamps.idle_expires_ms - stamps.last_seen_ms) * _MS
        self._window = max(window, self._window or 0)
        self._most = min(self._most, stamps.absolute_expires_ms * _MS - self._ahead.low)
        told = stamps.idle_expires_ms * _MS
        self._reports.append((op.end, told - self._ahead.high))
        self.high = min(max(self.high, told - self._ahead.low), self._most)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a session that nobody ended came to its end."""

    last: Op  # the last request that was served in time
    refused: Op | None = None  # the first that was refused for good
    late: Op | None = None  # one that was served after the deadline
    early_us: int = 0  # how long before its deadline it was refused
    late_us: int = 0
    error_ms: float | None = None  # observed minus promised, where both sides were watched

    @property
    def ops(self) -> list[Op]:
        """The requests that show it, in order."""
        return [op for op in (self.last, self.refused, self.late) if op is not None]


@dataclass(frozen=True, slots=True)
class Life:
    """A session's own ending, and refusals of it that were taken back later."""

    ending: Ending | None = None
    hiccups: tuple[tuple[Op, Op], ...] = ()


def life_of(session: SessionStory, deadline: Deadline) -> Life:
    """Follow a session until it is refused for good or outlives its deadline."""
    served = [op for op in session.live if op.served]
    last, hiccups = None, list[tuple[Op, Op]]()
    for op in session.live:
        if op.served:
            # Whoever signs in is served, whatever became of the session they had.
            if last and deadline.known and op.verb is not Verb.LOGIN and op.start > deadline.high:
                late = Ending(last, late=op, late_us=op.start - deadline.high)
                return Life(late, tuple(hiccups))
            last = op
        elif op.outcome is Outcome.GONE and last is not None and op.end <= session.over.begun:
            again = next((later for later in served if later.start >= op.end), None)
            if again is None:
                return Life(_refused(deadline, last, op), tuple(hiccups))
            hiccups.append((op, again))
        deadline.note(op)
    return Life(None, tuple(hiccups))


def _refused(deadline: Deadline, last: Op, op: Op) -> Ending:
    if not deadline.known:
        return Ending(last, op)
    low, error = deadline.low(op.start), None
    if op.end - last.start < _WATCHED_US and deadline.high < NEVER:
        error = ((last.start + op.end) - (low + deadline.high)) / 2 / _MS
    return Ending(last, op, early_us=max(0, low - op.end), error_ms=error)
