"""The load tests' people, in threads of a test instead of under Locust."""

import http.client
import threading
from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

from loadtests.life import Life
from loadtests.people import KINDS
from loadtests.record import History
from loadtests.targets import HoldfastTarget, Target
from loadtests.wire import Answer, Request


class ThreadWire:
    """Keeps one connection per thread and address; never sends anything twice."""

    def __init__(self, timeout_s: float = 15) -> None:
        self._local, self._timeout_s = threading.local(), timeout_s

    def send(self, base: str, request: Request) -> Answer:
        kept = self._local.__dict__.setdefault("kept", {})
        host = urlsplit(base).netloc
        connection = kept.setdefault(host, http.client.HTTPConnection(host, timeout=self._timeout_s))
        try:
            connection.request(request.method, request.path, request.body, request.headers)
            response = connection.getresponse()
            body = response.read()
        except (OSError, http.client.HTTPException):
            connection.close()
            return Answer(0)
        headers: dict[str, str] = {}
        for name, value in response.getheaders():
            key = name.lower()
            headers[key] = f"{headers[key]}\n{value}" if key in headers else value
        return Answer(response.status, headers, body)


def live(
    bases: Sequence[str], lives: Iterable[str], target: Target | None = None, threads: int = 8
) -> list[History]:
    """Live these kinds of lives, several at once; return what they recorded."""
    wire, spoken = ThreadWire(), target or HoldfastTarget()

    def one(kind: str) -> History:
        life = Life(kind, spoken, bases, wire)
        KINDS[kind].live(life)
        return life.history

    with ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, lives))
