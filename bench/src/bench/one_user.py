"""What the scripts cost when one person has many sessions."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from redis import Redis

from bench.fill import creation, fill, new_user, send
from bench.redis_figures import look, memory_bytes
from devstack import redis_server
from holdfast import Keys, Reason, Token
from holdfast.calls import Call, Calls
from holdfast.scripts import script
from holdfast.token import bucket_of_user

_KEYS = Keys("hf", b"a pepper that guards nothing but figures")
_OFTEN, _SELDOM = 500, 20
_TOUCH_MS = 30_000


class UserCost(NamedTuple):
    """Microseconds of one call of each verb, and the bytes of one of so many sessions."""

    sessions: int
    verb_us: dict[str, float]
    bytes_a_session: float


def cost(sessions: int, folder: Path, tell: Callable[[str], None]) -> UserCost:
    """Give one person so many sessions in an empty Redis, and call each verb a few times.

    Raises NoRedisError, StartError, RedisError.
    """
    process = redis_server.start(folder, folder / "redis.sock", durable=False)
    try:
        process.wait_ready()
        return _cost(sessions, Redis(unix_socket_path=str(folder / "redis.sock")), tell)
    finally:
        process.stop()


def _cost(sessions: int, client: Redis, tell: Callable[[str], None]) -> UserCost:
    calls, user = Calls(_KEYS), new_user()
    client.script_load(script("create").source)
    before = memory_bytes(client)
    tokens = list(fill(client, _KEYS, sessions, tell, lambda: user))
    size = (memory_bytes(client) - before) / sessions
    fresh = [Token.new(bucket_of_user(user.id)) for _ in range(_SELDOM)]
    load = calls.load(tokens[0], passive=False, with_data=True, touch_ms=_TOUCH_MS)
    costs = {
        "load": _us(client, [load] * _OFTEN),
        "create": _us(client, [creation(calls, user, token) for token in fresh]),
        "end": _us(client, [calls.end(token, Reason.LOGGED_OUT) for token in fresh]),
        "list_user": _us(client, [calls.list_user(user.id)] * _SELDOM),
        "end_user": _us(client, [calls.end_user(user.id, Reason.REVOKED, None)]),
    }
    told = "  ".join(f"{verb} {us:,.0f} us" for verb, us in costs.items())
    tell(f"{sessions:,} sessions of one person: {told}")
    return UserCost(sessions, costs, size)


def _us(client: Redis, calls: Sequence[Call[Any]]) -> float:
    before = look(client)
    send(client, calls)
    return look(client).since(before).us_a_call
