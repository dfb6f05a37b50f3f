"""How what a worker saw gets into its metrics: at once, or held back and added up for a second."""

import asyncio
from bisect import bisect_left
from collections.abc import Callable
from typing import Protocol

from prometheus_client import Counter, Histogram

HELD_SECONDS = 1.0
"""How old what is held back can be. A worker that is killed takes that much with it."""

Note = Callable[[float], None]
"""Takes the seconds that something took."""


class Notes(Protocol):
    """Makes notes of the kind that suits a worker."""

    def of(self, clock: Histogram, counter: Counter | None = None) -> Note:
        """Return what notes seconds in `clock` and counts them in `counter`, both labelled."""
        ...


class AtOnce:
    """For threads: each note is written when it comes."""

    def of(self, clock: Histogram, counter: Counter | None = None) -> Note:
        """See Notes.of."""
        if counter is None:
            return clock.observe

        def note(seconds: float) -> None:
            counter.inc()
            clock.observe(seconds)

        return note


class Held:
    """For an event loop: notes are added up, and written once a second or when asked for.

    To write a note to the file that is shared by workers takes 3 us, to hold it back 0.3.
    """

    def __init__(self) -> None:
        self._waiting = list[Sum]()

    def of(self, clock: Histogram, counter: Counter | None = None) -> Note:
        """See Notes.of."""
        return Sum(clock, counter, self._wait).note

    def _wait(self, one: "Sum") -> None:
        if not self._waiting:
            asyncio.get_running_loop().call_later(HELD_SECONDS, self.write)
        self._waiting.append(one)

    def write(self) -> None:
        """Write what waits."""
        waiting, self._waiting = self._waiting, []
        for one in waiting:
            one.write()


class Sum:
    """The notes for one labelled histogram, and its counter, that were not written yet."""

    __slots__ = ("_bounds", "_by_bound", "_clock", "_counter", "_seconds", "_wait")

    def __init__(
        self, clock: Histogram, counter: Counter | None, wait: Callable[["Sum"], None]
    ) -> None:
        self._clock, self._counter, self._wait = clock, counter, wait
        # The library has no way in for more than one observation.
        self._bounds: list[float] = clock._upper_bounds  # noqa: SLF001
        self._by_bound, self._seconds = dict[int, int](), 0.0

    def note(self, seconds: float) -> None:
        """Add a note."""
        by_bound, at = self._by_bound, bisect_left(self._bounds, seconds)
        if not by_bound:
            self._wait(self)
        by_bound[at] = by_bound.get(at, 0) + 1
        self._seconds += seconds

    def write(self) -> None:
        """Write them all."""
        by_bound, seconds = self._by_bound, self._seconds
        self._by_bound, self._seconds = {}, 0.0
        self._clock._sum.inc(seconds)  # noqa: SLF001 - as above
        for at, count in by_bound.items():
            self._clock._buckets[at].inc(count)  # noqa: SLF001 - as above
        if self._counter is not None:
            self._counter.inc(sum(by_bound.values()))
