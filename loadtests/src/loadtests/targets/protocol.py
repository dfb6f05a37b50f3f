"""The port: what the people need to know of a session system. Pure translation, no I/O."""

from dataclasses import dataclass
from typing import Protocol

from loadtests.record import Body, Outcome, Verb
from loadtests.wire import Answer, Request

PASSWORD = "correct horse battery staple"  # noqa: S105 - opens accounts of load tests only


@dataclass(frozen=True, slots=True)
class Ask:
    """What a person wants. `cookie` is "" where they hold none.

    `value` is the element to append, the value to set or the new password; `tag` makes a set
    conditional; `public_id` names the session for `end-one`; `wait_ms` makes a handler slow
    between reading and writing, where a target can.
    """

    verb: Verb
    person: str
    cookie: str = ""
    name: str = ""
    value: str = ""
    tag: str = ""
    public_id: str = ""
    password: str = PASSWORD
    wait_ms: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """What an answer says. `cookie` is the new one, "" when it was taken away, None if untouched.

    `value` and `tag` answer the verb `value`.
    """

    outcome: Outcome
    body: Body | None = None
    result: int | None = None
    cookie: str | None = None
    instance: str = ""
    value: str = ""
    tag: str = ""


class Target(Protocol):
    """One kind of session system."""

    @property
    def verbs(self) -> frozenset[Verb]:
        """What it can be asked."""

    @property
    def idle_seconds(self) -> float | None:
        """Its idle time, where it does not tell deadlines itself."""

    def request(self, ask: Ask) -> Request:
        """Return the request that asks for it."""
        ...

    def read(self, ask: Ask, answer: Answer) -> Reading:
        """Return what the answer says. An answer that makes no sense is an ERROR."""
        ...


def outcome_of(answer: Answer) -> Outcome:
    """Return what an answer's status says by itself."""
    status = answer.status
    if status == 0:
        return Outcome.LOST
    if status == 401:  # noqa: PLR2004 - the status
        return Outcome.GONE
    if status == 503 and "retry-after" in answer.headers:  # noqa: PLR2004
        return Outcome.UNAVAILABLE
    if status >= 500:  # noqa: PLR2004
        return Outcome.ERROR
    return Outcome.OK if status < 400 else Outcome.REFUSED  # noqa: PLR2004


_PAST = ("max-age=0", "01 jan 1970")


def cookie_of(answer: Answer, name: str | None = None) -> str | None:
    """Return `name=value` of a Set-Cookie, "" when it removes it, None when there is none."""
    for header in answer.headers.get("set-cookie", "").split("\n"):
        pair, _, attributes = header.partition(";")
        key, _, value = pair.strip().partition("=")
        if header and (name is None or key.removeprefix("__Host-") == name):
            gone = not value or any(one in attributes.lower() for one in _PAST)
            return "" if gone else f"{key}={value}"
    return None
