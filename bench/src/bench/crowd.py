"""Many people log in at once, again and again: `python -m bench.crowd URL PEOPLE SECONDS`.

Each does what a client should: who is refused comes again after the seconds of Retry-After.
Prints a line when they begin, and at the end the figures as JSON.
"""

import asyncio
import json
import os
import sys
import time
from dataclasses import asdict, dataclass, field
from statistics import quantiles

import aiohttp

from bench.http import PASSWORD
from bench.lanes import LOGIN

_TIMEOUT_S = 30.0


@dataclass
class Seen:
    """Answers by status, how long they took (ms) by whether people were let in, and what lacked."""

    statuses: dict[int, int] = field(default_factory=dict)
    let_in_ms: list[float] = field(default_factory=list)
    refused_ms: list[float] = field(default_factory=list)
    without_retry_after: int = 0

    def note(self, answer: aiohttp.ClientResponse, ms: float) -> float:
        """Note an answer; return the seconds to wait before the next request."""
        self.statuses[answer.status] = self.statuses.get(answer.status, 0) + 1
        if answer.ok:
            self.let_in_ms.append(ms)
            return 0.0
        self.refused_ms.append(ms)
        if "retry-after" not in answer.headers:
            self.without_retry_after += 1
        return float(answer.headers.get("retry-after", 1))


async def _ask(http: aiohttp.ClientSession, url: str, seen: Seen) -> float:
    body = {"username": LOGIN, "password": PASSWORD}
    began = time.perf_counter()
    async with http.post(url + "/login", json=body) as answer:
        await answer.read()
        return seen.note(answer, (time.perf_counter() - began) * 1000)


async def _person(http: aiohttp.ClientSession, url: str, seen: Seen) -> None:
    while True:
        wait_s = await _ask(http, url, seen)
        await asyncio.sleep(wait_s)


async def _storm(url: str, people: int, seconds: float) -> Seen:
    seen, limit = Seen(), aiohttp.TCPConnector(limit=people)
    times, no_cookies = aiohttp.ClientTimeout(_TIMEOUT_S), aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(
        connector=limit, timeout=times, cookie_jar=no_cookies, trust_env=False
    ) as http:
        everybody = [asyncio.create_task(_person(http, url, seen)) for _ in range(people)]
        print("they begin", flush=True)
        await asyncio.wait(everybody, timeout=seconds, return_when=asyncio.FIRST_EXCEPTION)
        for one in everybody:
            if one.done():
                one.result()
            one.cancel()
        await asyncio.gather(*everybody, return_exceptions=True)
    return seen


def percentile_ms(times: list[float], percent: int) -> float:
    """Return a percentile; 0 where there is nothing."""
    if len(times) < 2:  # noqa: PLR2004 - what quantiles wants
        return sum(times)
    return quantiles(times, n=100, method="inclusive")[percent - 1]


def main() -> None:
    """Run the storm that the command line tells."""
    url, people, seconds = sys.argv[1:]
    # Whoever measures latency on this core goes first.
    os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    print(json.dumps(asdict(asyncio.run(_storm(url, int(people), float(seconds))))))


if __name__ == "__main__":
    main()
