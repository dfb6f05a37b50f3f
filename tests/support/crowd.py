"""The load tests' people, in threads of a test instead of under Locust."""

import http.client
from collections import defaultdict
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from urllib.parse import urlsplit

from loadtests.life import Life
from loadtests.people import KINDS
from loadtests.record import History
from loadtests.targets import HoldfastTarget, Target
from loadtests.wire import Answer, Request


class ThreadWire:
    """Keeps connections for whoever sends next; never sends anything twice."""

    def __init__(self, timeout_s: float = 15) -> None:
        self._free: defaultdict[str, list[http.client.HTTPConnection]] = defaultdict(list)
        self._timeout_s = timeout_s

    def send(self, base: str, request: Request) -> Answer:
        host = urlsplit(base).netloc
        free = self._free[host]
        try:
            connection = free.pop()
        except IndexError:
            connection = http.client.HTTPConnection(host, timeout=self._timeout_s)
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return Answer(0)
        free.append(connection)
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}\n{value}" if key in headers else value
        return Answer(response.status, headers, body)

    def close(self) -> None:
        for free in self._free.values():
            for connection in free:
                connection.close()


def live(
    bases: Sequence[str], lives: Iterable[str], target: Target | None = None, threads: int = 8
) -> list[History]:
    """Live these kinds of lives, several at once; return what they recorded."""
    spoken = target or HoldfastTarget()

    def one(kind: str) -> History:
        life = Life(kind, spoken, bases, wire)
        KINDS[kind].live(life)
        return life.history

    with closing(ThreadWire()) as wire, ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, lives))
