"""People who go on while something breaks: readers, writers and logins, and what became of them.

with Crowd(url) as crowd:
    crowd.fault()      # from now on it counts
    ...break something, mend it...
    crowd.mended()
    crowd.settle()
report = crowd.report("gateway killed")
"""

import secrets
import threading
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Self

import httpx

PASSWORD = "correct horse battery staple"
PAUSE_SECONDS, TIMEOUT_SECONDS, SETTLE_SECONDS = 0.02, 30.0, 60.0
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Seen:
    """One answer: when it was asked for and when it came (monotonic seconds), and what it told."""

    asked: float
    came: float
    status: int
    told: str = ""

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass
class Somebody:
    """One person: a browser of their own, and everything they saw."""

    http: httpx.Client
    name: str
    seen: list[Seen] = field(default_factory=list)
    acknowledged: int = 0
    unknown: int = 0
    cookies_touched: int = 0

    def ask(self, method: str, path: str, body: object = None) -> Seen:
        """Ask once; note what came, an answer or none."""
        asked, cookies = time.monotonic(), dict(self.http.cookies)
        try:
            answer = self.http.request(method, path, json=body)
            status, told = answer.status_code, "" if answer.is_success else answer.text[:80]
        except httpx.HTTPError as error:
            status, told = NO_ANSWER, type(error).__name__
        seen = Seen(asked, time.monotonic(), status, f"{method} {path}: {told}")
        if not seen.good and dict(self.http.cookies) != cookies:
            self.cookies_touched += 1
        self.seen.append(seen)
        return seen

    def begin(self) -> None:
        """Get an account and sign in, however often that takes on a busy machine."""
        credentials = {"username": self.name, "password": PASSWORD}
        deadline = time.monotonic() + SETTLE_SECONDS
        while self.ask("POST", "/register", credentials).status not in (201, 409):
            assert time.monotonic() < deadline, self.seen[-1]
        while not self.log_in().good:
            assert time.monotonic() < deadline, self.seen[-1]
        self.seen.clear()

    def log_in(self) -> Seen:
        """Sign in, with whatever cookie there is."""
        return self.ask("POST", "/login", {"username": self.name, "password": PASSWORD})

    def read(self) -> None:
        """Ask who I am."""
        self.ask("GET", "/session")

    def write(self) -> None:
        """Count one up, and remember whether that was acknowledged."""
        ops = [{"op": "increment", "name": "n", "by": 1}]
        if self.ask("PATCH", "/session/data", {"ops": ops}).good:
            self.acknowledged += 1
        else:
            self.unknown += 1

    def counted(self) -> int:
        """Return what the store has counted."""
        answer = self.http.get("/session/data")
        assert answer.status_code == 200, answer.text
        return int(answer.json().get("n", 0))


@dataclass(frozen=True)
class Report:
    """What a fault did to people. Seconds; `longest_refusal` is that of one person in a row."""

    fault: str
    requests: int
    unexpected_401: int
    server_errors: int
    no_answer: int
    slowest: float
    longest_refusal: float
    lost_writes: int
    doubled_writes: int
    cookies_touched: int
    recovered: float
    told: Counter[str]

    HEAD = (
        "| fault | requests | unexpected 401 | 5xx | no answer | slowest answer s "
        "| longest refusal s | acknowledged writes lost | recovered s |\n"
        "|---|---|---|---|---|---|---|---|---|"
    )

    def row(self) -> str:
        """Return a row of the table."""
        return (
            f"| {self.fault} | {self.requests} | {self.unexpected_401} | {self.server_errors} "
            f"| {self.no_answer} | {self.slowest:.2f} | {self.longest_refusal:.2f} "
            f"| {self.lost_writes} | {self.recovered:.2f} |"
        )


class Crowd:
    """Runs people against the addresses until its block ends."""

    def __init__(
        self, *urls: str, readers: int = 4, writers: int = 4, logins: int = 1, verify: bool = True
    ) -> None:
        self._urls, self._verify = urls, verify
        self._stop = threading.Event()
        self.readers = [self._somebody(n) for n in range(readers)]
        self.writers = [self._somebody(n) for n in range(writers)]
        self.logins = [self._somebody(n) for n in range(logins)]
        self.began = self._mended_at = 0.0
        jobs: list[tuple[Somebody, Callable[[], object]]] = [
            (one, one.read) for one in self.readers
        ]
        jobs += [(one, one.write) for one in self.writers]
        jobs += [(one, one.log_in) for one in self.logins]
        self._threads = [
            threading.Thread(target=self._go_on, args=job, daemon=True) for job in jobs
        ]

    @property
    def people(self) -> Sequence[Somebody]:
        return [*self.readers, *self.writers, *self.logins]

    def _somebody(self, number: int) -> Somebody:
        http = httpx.Client(
            base_url=self._urls[number % len(self._urls)],
            timeout=TIMEOUT_SECONDS,
            trust_env=False,
            verify=self._verify,
        )
        return Somebody(http, f"traffic-{secrets.token_hex(6)}")

    def _go_on(self, step: Callable[[], object]) -> None:
        while not self._stop.wait(PAUSE_SECONDS):
            step()

    def __enter__(self) -> Self:
        for one in self.people:
            one.begin()
        for thread in self._threads:
            thread.start()
        self.began = time.monotonic()
        self.fault()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join(TIMEOUT_SECONDS)

    def fault(self) -> None:
        """Say that the fault begins; recovery counts from here until `mended`."""
        self._mended_at = time.monotonic()

    def mended(self) -> None:
        """Say that the fault is over; recovery counts from here."""
        self._mended_at = time.monotonic()

    def settle(self, answers: int = 25) -> None:
        """Wait until everybody has had so many good answers in a row."""
        deadline = time.monotonic() + SETTLE_SECONDS
        marks = {id(one): len(one.seen) for one in self.people}
        while not all(
            len(fresh := one.seen[marks[id(one)] :]) >= answers
            and all(seen.good for seen in fresh[-answers:])
            for one in self.people
        ):
            assert time.monotonic() < deadline, "people were not served again"
            time.sleep(0.05)

    def report(self, fault: str) -> Report:
        """Tell what became of everybody, and count the writes again. Call it after the block."""
        seen = [one for somebody in self.people for one in somebody.seen]
        refused = [one for one in seen if not one.good]
        counts = [(one, one.counted()) for one in self.writers]
        report = Report(
            fault,
            requests=len(seen),
            unexpected_401=sum(one.status == 401 for one in seen),
            server_errors=sum(one.status >= 500 for one in seen),
            no_answer=sum(one.status == NO_ANSWER for one in seen),
            slowest=max(one.came - one.asked for one in seen),
            longest_refusal=max(_longest_refusal(one.seen) for one in self.people),
            lost_writes=sum(max(0, one.acknowledged - n) for one, n in counts),
            doubled_writes=sum(max(0, n - one.acknowledged - one.unknown) for one, n in counts),
            cookies_touched=sum(one.cookies_touched for one in self.people),
            recovered=max([one.came - self._mended_at for one in refused], default=0.0),
            told=Counter(one.told for one in refused),
        )
        for one in self.people:
            one.http.close()
        return report


def _longest_refusal(seen: Sequence[Seen]) -> float:
    """Return the longest time from a refused request to the next good answer."""
    longest, began = 0.0, None
    for one in seen:
        if one.good:
            longest = max(longest, one.came - began if began is not None else 0.0)
            began = None
        elif began is None:
            began = one.asked
    return longest
