"""Which instance of a service is asked first, and what may be asked of another one."""

import time
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

import structlog

from gateway.faults import BrokenOff, Fault, Unreached

T = TypeVar("T")

log = structlog.get_logger()

REST_SECONDS = 5.0


class Upstreams:
    """Takes instances in turn; one that failed is asked last for `rest_seconds`.

    Health is passive: what requests meet, nothing else. A worker learns by itself, which costs one
    failed attempt each and needs no state that could be wrong.
    """

    def __init__(
        self,
        rest_seconds: float = REST_SECONDS,
        clock: Callable[[], float] = time.monotonic,
        count: Callable[[str], object] = lambda _: None,
    ) -> None:
        """`count`: notes the cause of each attempt that failed."""
        self._rest, self._clock, self._count = rest_seconds, clock, count
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
        failure: Fault | None = None
        for url in self.in_order(urls):
            try:
                answer = await send(url)
            except Fault as fault:
                self.failed(url, fault)
                if not isinstance(fault, Unreached | BrokenOff):
                    raise
                if isinstance(fault, BrokenOff) and not repeatable:
                    raise
                failure = fault
            else:
                self._resting.pop(url, None)
                return answer
        raise failure or Unreached("refused")

    def failed(self, url: str, fault: Fault) -> None:
        """Count a fault of an instance, and let the instance rest where others could do better.

        A log line is written when a rest begins, not for each request that meets the fault.
        """
        self._count(fault.cause)
        if isinstance(fault, Unreached | BrokenOff):
            now = self._clock()
            if self._resting.get(url, 0) <= now:
                log.warning("upstream_failed", upstream=url, cause=fault.cause)
            self._resting[url] = now + self._rest
