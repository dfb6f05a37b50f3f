"""People at work on a stack while something breaks, and the account of what they met."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx
from support.people import Person

PAUSE_SECONDS = 0.01
CLOSE = {"connection": "close"}
READERS, WRITERS = 2, 2
WITH_COOKIE = ("read", "write")


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: what it was, when it ended (time.monotonic), how long it took, its status.

    Status 0: nobody answered, as when a process died with the request or was not there.
    """

    kind: str
    ended: float
    seconds: float
    status: int


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault did. `longest_refusal` is the slowest 5xx to somebody with a cookie, seconds.

    `recovery` is the time from the repair to the last request that was not served, seconds.
    `visit_p99` is how long somebody without a cookie waited, seconds.
    """

    fault: str
    requests: int
    unexpected_401: int
    refused: int
    unanswered: int
    longest_refusal: float
    writes_lost: int
    recovery: float
    visit_p99: float


def at(part: float, ordered: list[float]) -> float:
    """Return the value below which such a part of an ordered list lies."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))]


TABLE: list[Row] = []
"""Every row of this run, in order."""


class Traffic:
    """Readers, writers, somebody who signs in again and again, and a visitor without a cookie.

    Each asks the gateways in turn, as a balancer without stickiness would: on a new connection, and
    the next one when none comes about, for then nothing was sent.
    """

    def __init__(self, *urls: str) -> None:
        self.samples: list[Sample] = []
        self.acknowledged, self.unknown = [0] * WRITERS, [0] * WRITERS
        self.repaired: float | None = None
        self.result: Row | None = None
        self._urls, self._over = urls, threading.Event()
        self.readers = [self._someone() for _ in range(READERS)]
        self.writers = [self._someone() for _ in range(WRITERS)]
        self._newcomer, self._visitor = Person(*urls).register(), Person(*urls)
        jobs: list[tuple[Callable[..., None], int]] = [(self._sign_in, 0), (self._visit, 0)]
        jobs += [(self._read, n) for n in range(READERS)] + [
            (self._write, n) for n in range(WRITERS)
        ]
        self._threads = [threading.Thread(target=self._repeat, args=job) for job in jobs]

    def _someone(self) -> Person:
        person = Person(*self._urls).register()
        assert person.log_in().status_code == 200
        return person

    def _repeat(self, job: Callable[[int, int], None], who: int) -> None:
        turn = 0
        while not self._over.is_set():
            job(who, turn)
            turn += 1
            time.sleep(PAUSE_SECONDS)

    def _ask(self, kind: str, turn: int, call: Callable[[int], httpx.Response]) -> int:
        start = time.monotonic()
        try:
            try:
                status = call(turn).status_code
            except httpx.ConnectError:
                status = call(turn + 1).status_code
        except httpx.TransportError:
            status = 0
        ended = time.monotonic()
        self.samples.append(Sample(kind, ended, ended - start, status))
        return status

    def _read(self, who: int, turn: int) -> None:
        self._ask("read", turn, lambda at: self.readers[who].get("/session", at, headers=CLOSE))

    def _write(self, who: int, turn: int) -> None:
        person, one = self.writers[who], {"op": "increment", "name": "n", "by": 1}
        status = self._ask("write", turn, lambda at: person.patch(one, at=at, headers=CLOSE))
        if status == 200:
            self.acknowledged[who] += 1
        elif status in (0, 503):
            self.unknown[who] += 1

    def _sign_in(self, _: int, turn: int) -> None:
        self._ask("login", turn, self._newcomer.log_in)
        time.sleep(5 * PAUSE_SECONDS)  # a hash costs more than all the others ask for

    def _visit(self, _: int, turn: int) -> None:
        self._ask("visit", turn, lambda at: self._visitor.get("/public/", at, headers=CLOSE))

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(20)

    def close(self) -> None:
        for person in (*self.readers, *self.writers, self._newcomer, self._visitor):
            person.close()

    def served(self, kinds: tuple[str, ...] = WITH_COOKIE, more: int = 10) -> Callable[[], bool]:
        """Return what tells whether from now on so many requests of each kind were served."""
        since = time.monotonic()

        def enough() -> bool:
            good = [s.kind for s in list(self.samples) if s.status == 200 and s.ended > since]
            return all(good.count(kind) >= more for kind in kinds)

        return enough

    def refusals(self, kinds: tuple[str, ...] = WITH_COOKIE) -> list[float]:
        """Return the seconds that each 5xx took, shortest first."""
        return sorted(s.seconds for s in self.samples if s.kind in kinds and s.status >= 500)

    def visits(self) -> list[float]:
        """Return the seconds of the visitor's requests that were served, shortest first."""
        return sorted(s.seconds for s in self.samples if s.kind == "visit" and s.status == 200)

    def turned_away(self) -> int:
        """Count the visitor's requests that got another answer."""
        return sum(s.status not in (0, 200) for s in self.samples if s.kind == "visit")

    def writes_lost(self) -> int:
        """Count acknowledged increments that are gone. None may be there that was not sent."""
        lost = 0
        for person, known, unknown in zip(
            self.writers, self.acknowledged, self.unknown, strict=True
        ):
            answer = person.get("/session/data/n")
            value = int(answer.json()) if answer.status_code == 200 else 0
            assert value <= known + unknown
            lost += max(0, known - value)
        return lost

    def row(self, fault: str) -> Row:
        """Sum it up. Call after `stop`, with the stack whole again."""
        good, repaired = {200}, self.repaired or float("inf")
        bad = [s for s in self.samples if s.status not in good and s.kind != "visit"]
        return Row(
            fault,
            len(self.samples),
            sum(s.status == 401 for s in self.samples),
            sum(s.status >= 500 for s in self.samples),
            sum(s.status == 0 for s in self.samples),
            max(self.refusals(), default=0.0),
            self.writes_lost(),
            max((s.ended - repaired for s in bad if s.ended > repaired), default=0.0),
            at(0.99, self.visits()),
        )


@contextmanager
def running(*urls: str) -> Iterator[Traffic]:
    """Run the traffic until the end of the block, or until somebody stops it."""
    traffic = Traffic(*urls)
    traffic.start()
    try:
        yield traffic
    finally:
        traffic.stop()
        traffic.close()
