"""What the scripts cost when one person has many sessions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

from redis import Redis

from bench.fill import creation, fill, new_user, send
from bench.redis_figures import connect, look
from devstack import redis_server
from holdfast import Keys, Reason, Token, User
from holdfast.calls import Call, Calls
from holdfast.scripts import script
from holdfast.token import bucket_of_user

_KEYS = Keys("hf", b"a pepper that guards nothing but figures")
_OFTEN, _SELDOM, _OUT_OF_SIGHT = 500, 20, 50
_TOUCH_MS = 30_000


class UserCost(NamedTuple):
    """Microseconds of one call of each verb, for a person with so many sessions."""

    sessions: int
    verb_us: dict[str, float]


def cost(sessions: int, folder: Path, tell: Callable[[str], None]) -> UserCost:
    """Give one person so many sessions in an empty Redis, and call each verb a few times.

    Raises NoRedisError, StartError, RedisError.
    """
    process = redis_server.start(folder, folder / "redis.sock", durable=False)
    try:
        process.wait_ready()
        return _cost(sessions, connect(folder / "redis.sock"), tell)
    finally:
        process.stop()


def _cost(sessions: int, client: Redis, tell: Callable[[str], None]) -> UserCost:
    calls, user = Calls(_KEYS), new_user()
    client.script_load(script("create").source)
    tokens = _fill(client, user, sessions, tell)
    load = calls.load(tokens[0], passive=False, with_data=True, touch_ms=_TOUCH_MS)
    created, ended = [], []
    for _ in range(_SELDOM):
        token = Token.new(bucket_of_user(user.id))
        created.append(_us(client, [creation(calls, user, token)]))
        ended.append(_us(client, [calls.end(token, Reason.LOGGED_OUT)]))
    costs = {
        "load": _us(client, [load] * _OFTEN),
        "create": median(created),
        "end": median(ended),
        "list_user": _us(client, [calls.list_user(user.id)] * _SELDOM),
        "end_user": _us(client, [calls.end_user(user.id, Reason.REVOKED, None)]),
    }
    told = "  ".join(f"{verb} {us:,.0f} us" for verb, us in costs.items())
    tell(f"{sessions:,} sessions of one person: {told}")
    return UserCost(sessions, costs)


def _fill(client: Redis, user: User, count: int, tell: Callable[[str], None]) -> list[Token]:
    # Each creation looks at all sessions of its user, so they are made a few at a time, with the
    # index of the others out of sight.
    index = f"{_KEYS.base(bucket_of_user(user.id))}u:{user.id}"
    aside = index + ":aside"
    tokens: list[Token] = []
    while len(tokens) < count:
        more = min(_OUT_OF_SIGHT, count - len(tokens))
        tokens += fill(client, _KEYS, more, tell, lambda: user)
        for public_id, suffix in client.hgetall(index).items():
            client.hset(aside, public_id, suffix)
        client.delete(index)
    client.rename(aside, index)
    return tokens


def _us(client: Redis, calls: Sequence[Call[Any]]) -> float:
    before = look(client)
    send(client, calls)
    return look(client).since(before).us_a_call
