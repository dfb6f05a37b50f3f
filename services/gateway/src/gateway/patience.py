"""How long a connection may be slow: to send a head, to ask again, to take what is written."""

from asyncio import AbstractEventLoop, TimerHandle
from collections.abc import Callable

HEAD_SECONDS = 10.0
"""From the first byte of a head, or the connection's beginning, to the head's end."""
TAKE_SECONDS = 60.0
"""Of a client that takes nothing of what was written to it."""


class Patience:
    """Keeps the times of one connection; `close` is called in time, or when `look` sees to it.

    A timer is there only while a head is not whole: what comes whole, as nearly all do, costs none.
    """

    __slots__ = ("_close", "_head", "_idle_since", "_loop", "_stuck_since")

    def __init__(self, loop: AbstractEventLoop, close: Callable[[], None]) -> None:
        self._loop, self._close = loop, close
        self._head: TimerHandle | None = None
        self._idle_since: float | None = None
        self._stuck_since: float | None = None

    def connected(self) -> None:
        """Begin to wait for the first head, of which nothing came yet."""
        self.expect_head()
        self.idle()

    def expect_head(self) -> None:
        """Begin to wait for a head that has begun, unless it is waited for already."""
        self._idle_since = None
        if self._head is None:
            self._head = self._loop.call_later(HEAD_SECONDS, self._close)

    def head_came(self) -> None:
        """Stop waiting for a head, or for anything."""
        self._idle_since = None
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def idle(self) -> None:
        """Begin to wait for the next request, of which nothing came yet."""
        self._idle_since = self._loop.time()

    def stuck(self) -> None:
        """Note that what was written is not taken, unless that was noted."""
        if self._stuck_since is None:
            self._stuck_since = self._loop.time()

    def taken(self) -> None:
        """Note that it was."""
        self._stuck_since = None

    def is_idle_for(self, seconds: float) -> bool:
        """Tell whether nothing was asked for so long. Looked at once a second, for all."""
        return self._idle_since is not None and self._loop.time() - self._idle_since > seconds

    @property
    def is_over(self) -> bool:
        """Whether the client took nothing for too long."""
        return (
            self._stuck_since is not None and self._loop.time() - self._stuck_since > TAKE_SECONDS
        )
