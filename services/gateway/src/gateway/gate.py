"""How many sign-ins may be under way at auth: as many as it was seen to take."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Protocol, TypeVar

from gateway.request import Request
from servicekit import retry
from servicekit.content import FORM, JSON, media_type
from servicekit.problems import Problem

START, LEAST, MOST = 16.0, 2.0, 256.0
MOST_WAITING = 1024
"""For a turn: as many as begin in about half a second. One more is refused without a turn."""

AUTH_BODY_BYTES = 64 * 1024
_CUT = 0.7
# What costs auth the hash of a password.
_HASHES = frozenset(("/login", "/register", "/password"))


class HasStatus(Protocol):
    """An answer that has begun."""

    @property
    def status(self) -> int:
        """The status code."""
        ...


T = TypeVar("T", bound=HasStatus)


def leads_through(method: str, path: str) -> bool:
    """Tell whether a request has to pass a gate."""
    return method == "POST" and path in _HASHES


def judge_body(request: Request) -> None:
    """Refuse what auth would refuse by its fields alone, before it takes a turn.

    Raises Problem unsupported-media-type, body-too-large.
    """
    if media_type(request.headers) not in (JSON, FORM):
        raise Problem("unsupported-media-type", f"The body must be {JSON}.")
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > AUTH_BODY_BYTES:
        raise Problem("body-too-large")


def _full() -> Problem:
    wait_seconds = retry.scattered_seconds()
    return Problem("auth-unavailable", headers={"retry-after": str(wait_seconds)})


class Gate:
    """Turns away what would be refused behind it, for a small part of what the refusal costs there.

    The limit grows with whoever is served, slowly where it is high, and is cut when one is refused,
    as TCP finds its share of a network (RFC 5681, 3.1). So nobody has to say how many instances
    there are, how fast they hash and how many gateways ask.
    """

    def __init__(self) -> None:
        self._limit, self._inside, self._cuts = START, 0, 0
        self._one_a_turn, self._waiting = asyncio.Lock(), 0

    @property
    def limit(self) -> int:
        """How many may be inside."""
        return int(self._limit)

    async def turn(self) -> None:
        """Wait for a turn of the event loop that no other one who signs in begins in.

        So that reads go between, of however many who come at once. Raises Problem auth-unavailable
        when too many wait.
        """
        if self._waiting >= MOST_WAITING:
            raise _full()
        self._waiting += 1
        try:
            async with self._one_a_turn:
                await asyncio.sleep(0)
        finally:
            self._waiting -= 1

    async def through(self, ask: Callable[[], Awaitable[T]]) -> T:
        """Return what is answered. Raises Problem auth-unavailable, and what asking raises."""
        if self._inside >= self.limit:
            raise _full()
        self._inside, cuts = self._inside + 1, self._cuts
        try:
            answer = await ask()
        finally:
            # Also of who left while waiting, or met no auth: that tells nothing of its places.
            self._inside -= 1
        if answer.status == 503:  # noqa: PLR2004 - the status
            self._cut(cuts)
        else:
            self._grow()
        return answer

    def _grow(self) -> None:
        if self._limit < START:
            self._limit += 1
        # A limit that is not nearly used tells nothing of what lies above it.
        elif self._inside * 2 >= self.limit:
            self._limit = min(MOST, self._limit + 1 / self._limit)

    def _cut(self, cuts: int) -> None:
        if cuts == self._cuts:
            # Else it came in under a limit that was found too high already.
            self._limit = max(LEAST, self._limit * _CUT)
            self._cuts += 1
