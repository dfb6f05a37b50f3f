"""Who is measured."""

from abc import ABC, abstractmethod
from collections.abc import Collection
from contextlib import ExitStack

from bench import wrk
from bench.http import Request
from bench.measurement import Load, Measurement


class Subject(ABC):
    """A server side with one worker and a Redis of its own, reached over TCP.

    `works` are the kinds of work it does here; `groups` are the process groups of all of it.
    What `_started` holds is ended in the opposite order of its start.
    """

    name: str
    title: str
    works: Collection[str]

    def __init__(self) -> None:
        self.groups: set[int] = set()
        self._started = ExitStack()

    @abstractmethod
    def start(self) -> None:
        """Start it and sign in.

        Raises NotHere, PeerError, StartError, NoRedisError, BenchError.
        """

    @abstractmethod
    def measure(self, work: str, load: Load) -> Measurement:
        """Let a client ask for one kind of work for a while. Raises BenchError."""

    def counted(self) -> int:
        """Return the counter that increments add to; 0 where nothing counts."""
        return 0

    def stop(self) -> None:
        """End whatever was started."""
        self._started.close()


class HttpSubject(Subject):
    """One that wrk asks."""

    @abstractmethod
    def request(self, work: str) -> Request:
        """Return the request of a kind of work."""

    def measure(self, work: str, load: Load) -> Measurement:
        """Let wrk send the request of this kind of work. Raises BenchError."""
        return wrk.measure(self.request(work), load)
