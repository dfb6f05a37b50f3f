"""People at work on a stack while something breaks: what each of them met."""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
from support.account import TABLE, Row, Sample, at, longest_outage
from support.people import Person
from support.until import until

PAUSE_SECONDS, LOGIN_PAUSE_SECONDS = 0.01, 0.05  # a hash costs more than all the others ask for
NOBODY_THERE_PAUSE_SECONDS = 0.2
WARM_UP, PATIENCE_SECONDS = 20, 20.0
WITH_COOKIE = ("read", "write")
Ask = Callable[[Person, int], httpx.Response]


@dataclass
class Somebody:
    """One of the people: what they do, and everything they saw."""

    kind: str
    person: Person
    ask: Ask
    samples: list[Sample] = field(default_factory=list)
    cookies_touched: int = 0

    def once(self, turn: int) -> Sample:
        """Ask once. Where no connection comes about nothing was sent: then at the next address."""
        asked, cookie = time.monotonic(), self.person.cookie
        try:
            try:
                answer = self.ask(self.person, turn)
            except httpx.ConnectError:
                answer = self.ask(self.person, turn + 1)
            status, told = answer.status_code, "" if answer.is_success else answer.text[:160]
        except httpx.TransportError as error:
            status, told = 0, type(error).__name__
        sample = Sample(self.kind, asked, time.monotonic(), status, told)
        self.cookies_touched += not sample.good and self.person.cookie != cookie
        self.samples.append(sample)
        return sample

    @property
    def refused(self) -> bool:
        """Tell whether they ever were."""
        return any(not one.good for one in self.samples)

    def count(self, *statuses: int) -> int:
        return sum(one.status in statuses for one in self.samples)


class Traffic:
    """Readers, writers, somebody who signs in again and again, and a visitor without a cookie.

    Each asks the addresses in turn, and where there are several on a new connection each time, as a
    balancer without stickiness would. `visits`: a public page. `back_in`: who is told 401 signs in
    again.
    """

    def __init__(
        self,
        *urls: str,
        readers: int = 2,
        writers: int = 2,
        visits: str = "/public/",
        back_in: bool = False,
    ) -> None:
        self.repaired: float | None = None
        self.result: Row | None = None
        self._urls, self._visits, self._back_in = urls, visits, back_in
        self._over = threading.Event()
        self._headers = {"connection": "close"} if len(urls) > 1 else {}
        self.readers = [self._somebody("read", self._read) for _ in range(readers)]
        self.writers = [self._somebody("write", self._write) for _ in range(writers)]
        self.newcomer = self._somebody("login", lambda person, turn: person.log_in(turn))
        self.visitor = Somebody("visit", Person(*urls), self._visit)
        self.people = [*self.readers, *self.writers, self.newcomer, self.visitor]
        self._threads = [threading.Thread(target=self._go_on, args=(one,)) for one in self.people]

    def _somebody(self, kind: str, ask: Ask) -> Somebody:
        person = Person(*self._urls).register()
        until(lambda: person.log_in().status_code == 200, PATIENCE_SECONDS)
        return Somebody(kind, person, ask)

    def _read(self, person: Person, turn: int) -> httpx.Response:
        return person.get("/session", turn, headers=self._headers)

    def _write(self, person: Person, turn: int) -> httpx.Response:
        one = {"op": "increment", "name": "n", "by": 1}
        return person.patch(one, at=turn, headers=self._headers)

    def _visit(self, person: Person, turn: int) -> httpx.Response:
        return person.get(self._visits, turn, headers=self._headers)

    def _go_on(self, who: Somebody) -> None:
        usual = LOGIN_PAUSE_SECONDS if who.kind == "login" else PAUSE_SECONDS
        pause, turn = usual, 0
        while not self._over.wait(pause):
            turn += 1
            status = who.once(turn).status
            if status == 401 and self._back_in:
                who.person.log_in(turn)
            pause = usual if status else NOBODY_THERE_PAUSE_SECONDS

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join(PATIENCE_SECONDS)

    def close(self) -> None:
        for one in self.people:
            one.person.close()

    def served(self, more: int = 10, kinds: tuple[str, ...] = WITH_COOKIE) -> Callable[[], bool]:
        """Return what tells whether from now on everybody had so many good answers in a row."""
        marks = [(one, len(one.samples)) for one in self.people if one.kind in kinds]

        def enough() -> bool:
            fresh = [one.samples[max(mark, len(one.samples) - more) :] for one, mark in marks]
            return all(len(seen) == more and all(s.good for s in seen) for seen in fresh)

        return enough

    def settle(self, patience_s: float = PATIENCE_SECONDS) -> None:
        """Wait until everybody is served. Fails after `patience_s`."""
        until(self.served(WARM_UP), patience_s)
        until(self.served(2, ("login",)), patience_s)

    def samples(self, *kinds: str) -> list[Sample]:
        """List what people of some kinds saw, or everybody."""
        return [
            sample
            for one in self.people
            if not kinds or one.kind in kinds
            for sample in one.samples
        ]

    def refusals(self, *kinds: str) -> list[float]:
        """Return the seconds that each 5xx took, shortest first. No kinds: of who has a cookie."""
        samples = self.samples(*(kinds or WITH_COOKIE))
        return sorted(one.seconds for one in samples if one.status >= 500)

    def visits(self) -> list[float]:
        """Return the seconds of the visitor's requests that were served, shortest first."""
        return sorted(one.seconds for one in self.visitor.samples if one.good)

    def acknowledged_before(self, seconds: float, *moments: float) -> int:
        """Count the writes that were acknowledged in the seconds before some moments."""
        ended = [one.ended for one in self.samples("write") if one.good]
        return sum(any(then - seconds <= at <= then + 0.1 for then in moments) for at in ended)

    def turned_away(self) -> list[Sample]:
        """List the visitor's requests that got another answer."""
        return [one for one in self.visitor.samples if one.status and not one.good]

    def _kept(self) -> list[tuple[int, int, int]]:
        """Return of each writer: increments acknowledged, of unknown outcome, and in the store."""
        found = []
        for one in self.writers:
            answer = one.person.get("/session/data/n")
            value = int(answer.json()) if answer.status_code == 200 else 0
            known = one.count(200)
            found.append((known, len(one.samples) - known, value))
        return found

    def account(self, fault: str) -> Row:
        """Sum it up. Call it after `stop`, with the stack whole again."""
        kept, repaired = self._kept(), self.repaired or float("inf")
        samples = self.samples()
        bad = [one for one in self.samples("read", "write", "login") if not one.good]
        self.result = Row(
            fault,
            requests=len(samples),
            unexpected_401=sum(one.status == 401 for one in samples),
            server_errors=sum(one.status >= 500 for one in samples),
            no_answer=sum(one.status == 0 for one in samples),
            slowest_refusal=max(self.refusals(), default=0.0),
            longest_outage=max(longest_outage(one.samples) for one in self.people),
            writes_lost=sum(max(0, known - value) for known, _, value in kept),
            writes_doubled=sum(max(0, value - known - unknown) for known, unknown, value in kept),
            cookies_touched=sum(one.cookies_touched for one in self.people),
            recovery=max(
                (one.ended - repaired for one in bad if one.ended > repaired), default=0.0
            ),
            visit_p99=at(0.99, self.visits()),
        )
        TABLE.append(self.result)
        return self.result


@contextmanager
def under_load(
    fault: str,
    *urls: str,
    repaired_by: Callable[[], None] | None = None,
    patience_s: float = PATIENCE_SECONDS,
    **options: Any,
) -> Iterator[Traffic]:
    """Run the block, which breaks something, under traffic; then repair, and account for it."""
    traffic = Traffic(*urls, **options)
    traffic.start()
    try:
        traffic.settle(patience_s)
        yield traffic
        if repaired_by:
            repaired_by()
        traffic.repaired = traffic.repaired or time.monotonic()
        traffic.settle(patience_s)
        traffic.stop()
        traffic.account(fault)
    finally:
        traffic.stop()
        traffic.close()
