"""Which instance of a service is asked first, and what may be asked of another one."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from servicekit.problems import Problem

T = TypeVar("T")

REST_SECONDS = 5.0


class Unreached(Problem):
    """No connection came about, so nothing was sent: another instance may be asked."""


class BrokenOff(Problem):
    """The connection broke before an answer: whether the service acted is unknown."""


class Upstreams:
    """Takes instances in turn; one that failed is asked last for `rest_seconds`.

    Health is passive: what requests meet, nothing else. A worker learns by itself, which costs one
    failed attempt each and needs no state that could be wrong.
    """

    def __init__(
        self, rest_seconds: float = REST_SECONDS, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._rest, self._clock = rest_seconds, clock
        self._resting: dict[str, float] = {}
        self._turn = 0

    def in_order(self, urls: Sequence[str]) -> list[str]:
        """Return all of `urls`, the one to ask first at the front."""
        if len(urls) == 1:
            return [*urls]
        self._turn += 1
        first, now = self._turn % len(urls), self._clock()
        turned = [*urls[first:], *urls[:first]]
        return sorted(turned, key=lambda url: self._resting.get(url, 0) > now)

    async def ask(
        self, urls: Sequence[str], send: Callable[[str], Awaitable[T]], *, repeatable: bool
    ) -> T:
        """Return the first answer. `repeatable`: asking twice does no harm (RFC 9110, 9.2.2).

        Raises the last instance's Unreached; BrokenOff, after which only what is repeatable goes
        to another instance; and whatever else `send` raises.
        """
        failure: Problem | None = None
        for url in self.in_order(urls):
            try:
                answer = await send(url)
            except (Unreached, BrokenOff) as error:
                self._resting[url] = self._clock() + self._rest
                if isinstance(error, BrokenOff) and not repeatable:
                    raise
                failure = error
            else:
                self._resting.pop(url, None)
                return answer
        raise failure or Unreached("upstream-unreachable")
