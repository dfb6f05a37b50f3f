"""The load tests' people, in threads of a test instead of under Locust."""

from collections.abc import Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing

from loadtests.http_wire import HttpWire
from loadtests.life import Life
from loadtests.people import KINDS
from loadtests.record import History
from loadtests.targets import HoldfastTarget, Target


def live(
    bases: Sequence[str], lives: Iterable[str], target: Target | None = None, threads: int = 8
) -> list[History]:
    """Live these kinds of lives, several at once; return what they recorded."""
    spoken = target or HoldfastTarget()

    def one(kind: str) -> History:
        life = Life(kind, spoken, bases, wire)
        KINDS[kind].live(life)
        return life.history

    with closing(HttpWire()) as wire, ThreadPoolExecutor(threads) as pool:
        return list(pool.map(one, lives))
