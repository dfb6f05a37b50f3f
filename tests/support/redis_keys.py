"""What a Redis holds, told apart by what matters to a session."""

from typing import Any

BESIDE = b":s:-"
"""The end of a key's name where a record is made before it is renamed to its place."""

Held = dict[bytes, object]


def held(client: Any) -> Held:
    """Return every key with its value."""
    return {key: _value(client, key) for key in client.keys("*") if not key.endswith(BESIDE)}


def _value(client: Any, key: bytes) -> object:
    kind = client.type(key)
    return client.hgetall(key) if kind == b"hash" else (kind, client.get(key))


def without_deadline(client: Any) -> list[bytes]:
    """List the keys that would stay for ever."""
    return [key for key in client.keys("*") if client.pttl(key) == -1]


def same(after: Held, before: Held) -> bool:
    """Tell whether all is as it was, but for `o`: a token's use begins the grace of older ones."""
    return _but_grace(after) == _but_grace(before)


def _but_grace(found: Held) -> Held:
    return {
        key: {name: one for name, one in value.items() if name != b"o"}
        if isinstance(value, dict)
        else value
        for key, value in found.items()
    }
