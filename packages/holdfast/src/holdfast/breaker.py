"""The circuit breaker around a store: while it is away, nobody waits for it to say so again."""

import threading
import time
from collections.abc import Callable
from types import TracebackType

from holdfast.errors import HoldfastError, StoreUnavailable

OnChange = Callable[[str | None], None]
"""Told what is wrong when the store is given up, None when it serves again. Must not call it."""

FAILURES = 3
FAILURES_WITHIN_S = 2.0
PROBE_EVERY_S = 0.5


def tell_nobody(_: str | None) -> None:
    """Do nothing."""


class Breaker:
    """Opens after consecutive failures that are close together; then lets one call an interval by.

    Each call goes through it as `with breaker:`, on threads and on event loops alike. A call let by
    while it is open is the probe: nothing remembers who it was, so one that is cancelled blocks
    no other, and the first answer to anybody closes the breaker. A refusal of what was asked is
    an answer, too: only StoreUnavailable is a failure, and what many calls lost by the same cause
    is one: a connection may carry all of them.

    `on_change` is told of each transition once, in order.
    """

    def __init__(
        self, on_change: OnChange = tell_nobody, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._on_change, self._clock, self._lock = on_change, clock, threading.Lock()
        self._failures, self._last_failure = 0, 0.0
        self._cause: BaseException | None = None
        self._next_probe: float | None = None  # None: closed

    def __enter__(self) -> None:
        """Admit a call. Raises StoreUnavailable at once while open."""
        if self._next_probe is None:
            return
        with self._lock:
            if self._next_probe is None:
                return
            now = self._clock()
            if now < self._next_probe:
                raise StoreUnavailable("given up for the moment")
            self._next_probe = now + PROBE_EVERY_S

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """Judge how it went. What was cancelled says nothing of the store."""
        if kind is None:
            if self._failures:
                self._answered()
        elif isinstance(error, StoreUnavailable):
            self._failed(error)
        elif issubclass(kind, HoldfastError):
            self._answered()

    def _failed(self, error: StoreUnavailable) -> None:
        with self._lock:
            if error.__cause__ is not None and error.__cause__ is self._cause:
                return
            self._cause = error.__cause__
            now = self._clock()
            near = now - self._last_failure <= FAILURES_WITHIN_S
            self._failures = self._failures + 1 if near else 1
            self._last_failure = now
            if self._next_probe is None and self._failures >= FAILURES:
                self._next_probe = now + PROBE_EVERY_S
                self._on_change(str(error))

    def _answered(self) -> None:
        if not self._failures:
            return
        with self._lock:
            self._failures, self._cause = 0, None
            if self._next_probe is not None:
                self._next_probe = None
                self._on_change(None)


def only(breaker: Breaker) -> Callable[[str], Breaker]:
    """Return what gives this breaker for every key: the store is one whole."""
    return lambda _: breaker
