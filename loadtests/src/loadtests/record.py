"""The record of a run: every operation of every person, and what was broken on purpose when.

A record is a stream of histories, one per person and life, and of marks. A history is complete in
itself: all of a person's requests, on all their devices, timed by one clock. So a history can be
judged alone, shipped from a worker to the master, and forgotten.

Times are microseconds since 1970 on the recording machine, steady within one history.
"""

from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

_LENGTH_BYTES = 4


class Verb(StrEnum):
    """What a person can ask of a session system."""

    REGISTER = "register"
    LOGIN = "login"
    READ = "read"
    PEEK = "peek"  # a read that does not keep the session alive
    INCREMENT = "increment"
    APPEND = "append"
    SET = "set"
    ROTATE = "rotate"
    PASSWORD = "password"  # noqa: S105 - a verb
    VALUE = "value"  # reads one value and its tag, to base a conditional set on
    LOGOUT = "logout"
    END_ONE = "end-one"
    END_OTHERS = "end-others"


class Outcome(StrEnum):
    """What became of an operation, as far as its answer tells."""

    OK = "ok"  # served, and applied
    REFUSED = "refused"  # answered; nothing applied
    GONE = "gone"  # 401: there is no such session
    UNAVAILABLE = "unavailable"  # 503 with Retry-After; a write may have been applied
    ERROR = "error"  # any other 5xx; a write may have been applied
    LOST = "lost"  # no answer; a write may have been applied, or may be yet
    CUT = "cut"  # we hung up before the answer: the same, and nobody's fault


UNKNOWN = frozenset({Outcome.UNAVAILABLE, Outcome.ERROR, Outcome.LOST, Outcome.CUT})
"""After these nobody knows whether a write was applied."""

NO_TOKEN = -1


class Stamps(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What a session said of its own times: Unix ms on the server's clock."""

    created_ms: int
    last_seen_ms: int
    idle_expires_ms: int
    absolute_expires_ms: int


class Body(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What an answer showed of a session. `owner` is "" where nobody is signed in."""

    owner: str
    data: dict[str, Any] = {}
    public_id: str = ""
    stamps: Stamps | None = None


class Op(msgspec.Struct, array_like=True, frozen=True, eq=False, gc=False):
    """One request and its answer.

    `session` numbers the sessions of the history, `token` their ids: the same text has the same
    number. `value` is the element or value sent, `base` the value that a conditional set was
    based on, `result` the counter or length told. `ends` are the sessions that are over once
    this is acknowledged, `cleared` tells that the cookie was taken away. Two operations are
    never equal.
    """

    verb: Verb
    session: int
    token: int
    start: int
    end: int
    outcome: Outcome
    status: int = 0
    instance: str = ""
    name: str = ""
    value: str | None = None
    base: str | None = None
    result: int | None = None
    body: Body | None = None
    new_token: int = NO_TOKEN
    ends: tuple[int, ...] = ()
    cleared: bool = False

    @property
    def served(self) -> bool:
        """Whether somebody was treated as this session. A logout is answered to anybody."""
        return self.outcome is Outcome.OK and self.verb is not Verb.LOGOUT


class History(msgspec.Struct, array_like=True, frozen=True, tag="history"):
    """One person's life. `idle_us`: the idle time configured, where the system tells none."""

    person: str
    kind: str
    ops: list[Op]
    idle_us: int | None = None


class Mark(msgspec.Struct, array_like=True, frozen=True, tag="mark"):
    """Something was broken from `start` until it was back at `end`.

    `kind` is "store" (an outage of Redis) or "instance" (one of ours was killed). What was
    acknowledged within `may_lose_us` before the start may be lost: the durability that is stated.
    """

    kind: str
    what: str
    start: int
    end: int
    may_lose_us: int = 0


Entry = History | Mark
_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Entry)


def pack(entry: Entry) -> bytes:
    """Return an entry as it stands in a record."""
    body = _encoder.encode(entry)
    return len(body).to_bytes(_LENGTH_BYTES, "big") + body


def write(path: Path, entries: Iterable[Entry]) -> None:
    """Write a record."""
    with path.open("wb") as file:
        file.writelines(map(pack, entries))


def read(path: Path) -> Iterator[Entry]:
    """Yield the entries of a record, one at a time; a torn last one is left out."""
    with path.open("rb") as file:
        while (body := _next(file)) is not None:
            yield _decoder.decode(body)


def _next(file: BinaryIO) -> bytes | None:
    head = file.read(_LENGTH_BYTES)
    size = int.from_bytes(head, "big")
    body = file.read(size)
    return body if len(head) == _LENGTH_BYTES and len(body) == size else None
