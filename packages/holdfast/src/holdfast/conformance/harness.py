"""A store under test: its verbs, its clock, and a way to reach a time on it."""

import asyncio
import inspect
import threading
import time
from collections.abc import Callable
from typing import Any, Protocol

_CALL_SECONDS = 30.0
ROUNDS = 1000


class NotOffered(Exception):
    """The store has no such verb."""


class Harness(Protocol):
    """What a case is given. `rounds`: how often the longest race is run; others a fifth of it."""

    store: Any
    rounds: int

    def now(self) -> int:
        """Return the store's time in Unix ms."""
        ...

    def wait_until(self, ms: int) -> None:
        """Return when the store's time is `ms` or later."""
        ...


class Offered:
    """A store's verbs. One that is missing or raises NotImplementedError raises NotOffered."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        found = getattr(self._store, verb, None)
        if found is None:
            raise NotOffered(verb)

        def call(*args: Any, **named: Any) -> Any:
            try:
                return found(*args, **named)
            except NotImplementedError as error:
                raise NotOffered(str(error) or verb) from None

        return call


class Awaited:
    """The verbs of an asyncio store, carried to one event loop from any thread."""

    def __init__(self, store: Any) -> None:
        self._store, self._loop = store, asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def __getattr__(self, verb: str) -> Callable[..., Any]:
        found = getattr(self._store, verb)

        def call(*args: Any, **named: Any) -> Any:
            future = asyncio.run_coroutine_threadsafe(found(*args, **named), self._loop)
            return future.result(_CALL_SECONDS)

        return call

    def stop(self) -> None:
        """End the event loop."""
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()


def blocking(store: Any) -> Any:
    """Return the store itself, or an asyncio store's verbs as blocking ones."""
    load = getattr(store, "load", None)
    return Awaited(store) if inspect.iscoroutinefunction(load) else store


class RealTime:
    """A store whose clock nobody moves: time is waited for, by asking its `ping` if it has one."""

    def __init__(self, store: Any, rounds: int = ROUNDS) -> None:
        self.store, self.rounds = Offered(store), rounds

    def now(self) -> int:
        """See Harness.now."""
        try:
            return int(self.store.ping())
        except NotOffered:
            return time.time_ns() // 1_000_000

    def wait_until(self, ms: int) -> None:
        """See Harness.wait_until."""
        while (left := ms - self.now()) > 0:
            time.sleep(left / 1000)
