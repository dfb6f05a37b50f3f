"""Every verb of the store in the situations in which its script runs different commands."""

import secrets
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from support.until import until

from holdfast import (
    Client,
    Committed,
    Ended,
    Intent,
    Keys,
    Lifetime,
    LimitPolicy,
    Op,
    Reason,
    Rotated,
    Session,
    Token,
    User,
)
from holdfast.errors import TooManyRotations, TooManySessions
from holdfast.redis_store import RedisStore
from holdfast.token import bucket_of_user, random_bucket

EARLIER = Keys("hf", b"e" * 32)
KEYS = Keys("hf", b"p" * 32, b"e" * 32)
LIFETIME, OVER = Lifetime(1_800_000, 43_200_000), Lifetime(1, 1)
SET, DELETE = Intent(Op.SET, "kept", b"2"), Intent(Op.DELETE, "gone")
DATA = [Intent(Op.SET, "kept", b"1"), Intent(Op.SET, "gone", b"1")]
MOST_ANSWERS = 32
IN_STEPS = {"end_user-all", "end_user-others", "load-earlier-pepper", "create-beside-one-over"}
"""What a call did before it was refused is right by itself, and the next one goes on from there."""

Act = Callable[[Any], object]


@dataclass(frozen=True)
class Scene:
    """A situation: `prepare` makes it with stores of all rights and returns what is then done."""

    verb: str
    name: str
    prepare: Callable[["Seeds"], Act]

    def __str__(self) -> str:
        return f"{self.verb}-{self.name}"


class Seeds:
    """Stores of all rights: `now` under today's pepper, `before` under the one before it."""

    def __init__(self, url: str) -> None:
        self.now, self.before = (RedisStore(url, keys, timeout_s=5) for keys in (KEYS, EARLIER))

    def close(self) -> None:
        self.now.close()
        self.before.close()

    def person(self, *, over: bool = False) -> tuple[User, Token, Session]:
        """Sign a person in, with data. `over`: wait until the session has timed out."""
        user = User(secrets.token_urlsafe(9), "kingsley", ("editor",))
        return (user, *self.again(user, over=over))

    def again(self, user: User, *, over: bool = False) -> tuple[Token, Session]:
        """Begin one more session of the same user."""
        token, lifetime = Token.new(bucket_of_user(user.id)), OVER if over else LIFETIME
        session = self.now.create(token, lifetime, **self.login(user), intents=DATA)
        until(lambda: not over or self.now.ping() > session.idle_expires_ms, 5)
        return token, session

    def login(self, user: User) -> dict[str, Any]:
        """Return what a login hands to `create`."""
        client = Client("192.0.2.1", "Firefox, Linux")
        return {"user": user, "epoch": self.now.epoch(user.id), "client": client, "remember": True}

    def visitor(self) -> Token:
        """Begin an anonymous session, with data."""
        token = Token.new(random_bucket())
        self.now.create(token, LIFETIME, intents=DATA)
        return token

    def rotated(self, grace_ms: int = 600_000) -> tuple[Token, Token]:
        """Rotate a session; return its old and its new token, neither of which was used since."""
        _, old, _ = self.person()
        new = Token.new(old.bucket)
        self.now.rotate(old, new, grace_ms=grace_ms)
        return old, new


def _load(seeds: Seeds, **named: Any) -> Act:
    _, token, _ = seeds.person()
    return lambda store: store.load(token, **named)


def _load_over(seeds: Seeds) -> Act:
    _, token, _ = seeds.person(over=True)
    return lambda store: store.load(token)


def _load_rotated(seeds: Seeds, which: int) -> Act:
    token = seeds.rotated()[which]
    return lambda store: store.load(token)


def _load_reused(seeds: Seeds) -> Act:
    old, new = seeds.rotated(grace_ms=0)
    seeds.now.load(new)
    return lambda store: store.load(old)


def _load_earlier(seeds: Seeds) -> Act:
    user = User(secrets.token_urlsafe(9), "kingsley")
    token, new = (Token.new(bucket_of_user(user.id)) for _ in range(2))
    seeds.before.create(token, LIFETIME, **seeds.login(user))
    seeds.before.rotate(token, new)
    return lambda store: store.load(new)


def _load_after_the_end_of_all(seeds: Seeds) -> Act:
    _, token, _ = seeds.person()
    seeds.now.end_everybody()
    return lambda store: store.load(token)


def _commit(seeds: Seeds, *intents: Intent, answers: int = 0, **named: Any) -> Act:
    _, token, _ = seeds.person()
    for number in range(answers):
        seeds.now.commit(token, [SET], idempotency_key=str(number), fingerprint="f")
    return lambda store: store.commit(token, list(intents), **{"touch_ms": 0, **named})


def _create_anonymous(_: Seeds) -> Act:
    token = Token.new(random_bucket())
    return lambda store: store.create(token, LIFETIME, intents=DATA)


def _create(seeds: Seeds, *, beside_one_over: bool = False, **named: Any) -> Act:
    user, _, _ = seeds.person()
    if beside_one_over:
        seeds.again(user, over=True)
    token, login = Token.new(bucket_of_user(user.id)), seeds.login(user)

    def create(store: Any) -> object:
        with suppress(TooManySessions):
            return store.create(token, LIFETIME, **login, intents=DATA, **named)
        return "too many"

    return create


def _rotate(
    seeds: Seeds, *, times: int = 0, privilege: bool = False, grace_ms: int = 600_000
) -> Act:
    _, token, _ = seeds.person()
    for _ in range(times):
        new = Token.new(token.bucket)
        seeds.now.rotate(token, new, grace_ms=grace_ms)
        token = new
    newest = Token.new(token.bucket)

    def rotate(store: Any) -> object:
        with suppress(TooManyRotations):
            return store.rotate(token, newest, privilege=privilege)
        return "too many"

    return rotate


def _rotate_by_the_old(seeds: Seeds) -> Act:
    old, new = seeds.rotated()
    seeds.now.load(new)
    return lambda store: store.rotate(old, Token.new(old.bucket))


def _take(seeds: Seeds) -> Act:
    token = seeds.visitor()
    return lambda store: store.take(token)


def _take_again(seeds: Seeds) -> Act:
    token = seeds.visitor()
    seeds.now.take(token)
    return lambda store: store.take(token)


def _end(seeds: Seeds) -> Act:
    _, token, _ = seeds.person()
    return lambda store: store.end(token)


def _end_one(seeds: Seeds) -> Act:
    user, _, session = seeds.person()
    return lambda store: store.end_one(user.id, session.id)


def _end_user(seeds: Seeds, *, keep: bool) -> Act:
    user, token, _ = seeds.person()
    seeds.again(user)
    seeds.again(user, over=True)
    return lambda store: store.end_user(user.id, Reason.REVOKED, keep=token if keep else None)


def _list(seeds: Seeds) -> Act:
    user, _, _ = seeds.person()
    seeds.again(user, over=True)
    return lambda store: store.list_user(user.id)


def _peek(seeds: Seeds, *, over: bool) -> Act:
    user, _, session = seeds.person(over=over)
    return lambda store: store.peek(user.id, session.id)


def _epoch(seeds: Seeds, *, known: bool) -> Act:
    user, _, _ = seeds.person()
    if known:
        seeds.now.end_user(user.id, Reason.REVOKED)
    return lambda store: bool(store.epoch(user.id)) or not known


def _attempt(seeds: Seeds, *, counted: int) -> Act:
    name = secrets.token_urlsafe(9)
    for _ in range(counted):
        seeds.now.attempt(name, 9, 60_000)
    return lambda store: bool(store.attempt(name, 2, 60_000))


def _forgive(seeds: Seeds, **named: Any) -> Act:
    name = secrets.token_urlsafe(9)
    for _ in range(2):
        seeds.now.attempt(name, 9, 60_000)
    return lambda store: store.forgive(name, **named)


def _given(prepare: Callable[..., Act], *args: Any, **named: Any) -> Callable[[Seeds], Act]:
    return lambda seeds: prepare(seeds, *args, **named)


def _scenes() -> Iterator[Scene]:
    key = {"idempotency_key": "new", "fingerprint": "f"}
    refuse = {"max_sessions": 1, "policy": LimitPolicy.REFUSE}
    made: dict[str, dict[str, Callable[[Seeds], Act]]] = {
        "load": {
            "whole": _given(_load, touch_ms=0),
            "meta": _given(_load, touch_ms=0, with_data=False),
            "passive": _given(_load, passive=True),
            "over": _load_over,
            "new": _given(_load_rotated, which=1),
            "alias": _given(_load_rotated, which=0),
            "reused": _load_reused,
            "earlier-pepper": _load_earlier,
            "all-ended": _load_after_the_end_of_all,
        },
        "commit": {
            "set": _given(_commit, SET),
            "untouched": _given(_commit, SET, touch_ms=30_000),
            "both": _given(_commit, SET, DELETE),
            "delete": _given(_commit, DELETE),
            "key": _given(_commit, SET, DELETE, **key),
            "key-again": _given(_commit, SET, answers=1, idempotency_key="0", fingerprint="f"),
            "many-keys": _given(_commit, SET, answers=MOST_ANSWERS, **key),
        },
        "create": {
            "anonymous": _create_anonymous,
            "person": _create,
            "evicting": _given(_create, max_sessions=1),
            "over-the-limit": _given(_create, **refuse),
            "beside-one-over": _given(_create, beside_one_over=True, max_sessions=2),
        },
        "rotate": {
            "first": _rotate,
            "second": _given(_rotate, times=1),
            "ninth": _given(_rotate, times=8, grace_ms=0),
            "too-many": _given(_rotate, times=8),
            "privilege": _given(_rotate, times=2, privilege=True),
            "by-the-old": _rotate_by_the_old,
        },
        "take": {"first": _take, "again": _take_again},
        "end": {"live": _end},
        "end_one": {"live": _end_one},
        "end_user": {"all": _given(_end_user, keep=False), "others": _given(_end_user, keep=True)},
        "end_everybody": {"all": lambda _: lambda store: store.end_everybody()},
        "list_user": {"two": _list},
        "peek": {"live": _given(_peek, over=False), "over": _given(_peek, over=True)},
        "ping": {"clock": lambda _: lambda store: store.ping() > 0},
        "epoch": {"none": _given(_epoch, known=False), "known": _given(_epoch, known=True)},
        "count": {"first": _given(_attempt, counted=0), "limited": _given(_attempt, counted=2)},
        "forgive": {"one": _forgive, "every": _given(_forgive, every=True)},
        "recognise": {"new": lambda _: lambda store: store.recognise()},
    }
    for verb, situations in made.items():
        for name, prepare in situations.items():
            yield Scene(verb, name, prepare)


SCENES = list(_scenes())

ALONE = {"load-all-ended", "end_everybody-all"}
"""Who ends everybody cannot be prepared beside others."""


def told(result: object) -> object:
    """Return what two runs of one scene have in common."""
    match result:
        case Session():
            return "session", result.version, result.evicted, result.data
        case Rotated():
            return "rotated", result.installed, told(result.session)
        case Ended():
            return "ended", result.reason
        case Committed():
            return "committed", result.version, result.values, result.repeated
        case list():
            return [told(one) for one in result]
        case _:
            return result
