"""Fills a Redis with sessions of people who signed in, by the library's own calls in pipelines."""

import secrets
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from redis import Redis

from holdfast import Client, Intent, Keys, Lifetime, LimitPolicy, Limits, Token, User
from holdfast.calls import Call, Calls
from holdfast.model import Session
from holdfast.token import bucket_of_user

_BATCH = 500
_TOLD_EVERY_SECONDS = 10.0
_LIFETIME = Lifetime(6 * 3_600_000, 12 * 3_600_000)
_CLIENT = Client("203.0.113.7", "Firefox, Windows")
_MOST_SESSIONS = 1_000_000


def new_user() -> User:
    """Make somebody whose id is as long as those of accounts."""
    return User(secrets.token_urlsafe(16), f"user-{secrets.token_hex(4)}")


def creation(
    calls: Calls, user: User, token: Token, intents: Sequence[Intent] = ()
) -> Call[Session]:
    """Return the call that begins a session of somebody, however many there are already."""
    return calls.create(
        token,
        _LIFETIME,
        user=user,
        epoch="",
        client=_CLIENT,
        remember=False,
        intents=intents,
        limits=Limits(),
        max_sessions=_MOST_SESSIONS,
        policy=LimitPolicy.REFUSE,
        public_id=None,
    )


def send(client: Redis, calls: Sequence[Call[Any]]) -> None:
    """Send calls in one pipeline. Raises RedisError."""
    for source in {call.script.source for call in calls}:
        client.script_load(source)
    # The driver leaves execute_command untyped.
    pipeline: Any = client.pipeline(transaction=False)
    for call in calls:
        pipeline.execute_command("EVALSHA", call.script.sha, 1, call.key, *call.args)
    pipeline.execute()


def fill(
    client: Redis,
    keys: Keys,
    count: int,
    tell: Callable[[str], None],
    user: Callable[[], User] = new_user,
    intents: Sequence[Intent] = (),
) -> Iterator[Token]:
    """Begin `count` sessions, each of a `user()`; give their tokens. Tells how far it is."""
    calls, told = Calls(keys), time.monotonic()
    for done in range(0, count, _BATCH):
        people = [user() for _ in range(min(_BATCH, count - done))]
        tokens = [Token.new(bucket_of_user(one.id)) for one in people]
        pairs = zip(people, tokens, strict=True)
        send(client, [creation(calls, one, token, intents) for one, token in pairs])
        yield from tokens
        if time.monotonic() - told > _TOLD_EVERY_SECONDS:
            told = time.monotonic()
            tell(f"{done:,} of {count:,} sessions")
