"""Reads what Redis holds. Layout version 1; a record that does not decode is no session.

Meta fields: l layout, p public id, u user id, U user name, R roles (JSON), c created,
n authenticated, s last seen, i idle deadline, a absolute deadline, w idle window, r remember,
v version, I address, D device, z data bytes, q data names, o old tokens, g grace.
Data: one field a name, ":" before it.
Times are Unix ms on Redis's clock.
"""

import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from holdfast.model import Client, Session, User

LAYOUT = b"1"

_META = b"e t to l i a c w o g p v z q u U R n s r I D".split()  # the order of meta in common.lua


class CorruptRecord(ValueError):
    """The bytes are no record of a layout that this version knows."""


def read_whole(flat: Sequence[bytes], now_ms: int) -> Session:
    """Make a Session of all of a record's names and values. Raises CorruptRecord."""
    pairs = iter(flat)
    fields = dict(zip(pairs, pairs, strict=True))
    return _session(fields, now_ms, _data(fields))


def read_meta(values: Sequence[bytes | None], now_ms: int) -> Session:
    """Make a Session without data of what `meta` told. Raises CorruptRecord."""
    return _session(dict(zip(_META, values, strict=True)), now_ms, None)


def _session(fields: Mapping[bytes, Any], now_ms: int, data: dict[str, bytes] | None) -> Session:
    try:
        if fields[b"l"] != LAYOUT:
            raise CorruptRecord("layout")
        return Session(
            id=fields[b"p"].decode(),
            user=_user(fields),
            created_ms=int(fields[b"c"]),
            authenticated_ms=int(fields[b"n"]),
            last_seen_ms=int(fields[b"s"]),
            idle_expires_ms=int(fields[b"i"]),
            absolute_expires_ms=int(fields[b"a"]),
            idle_ms=int(fields[b"w"]),
            remember=fields.get(b"r") is not None,
            client=Client(_text(fields.get(b"I")), _text(fields.get(b"D"))),
            version=int(fields[b"v"]),
            now_ms=now_ms,
            data=data,
        )
    except (KeyError, ValueError, TypeError, AttributeError) as error:  # TypeError: there is none
        raise CorruptRecord(str(error)) from error


def read_data(flat: Sequence[bytes]) -> dict[str, bytes]:
    """Return the data among a record's fields: name to JSON text, byte for byte."""
    pairs = iter(flat)
    return _data(dict(zip(pairs, pairs, strict=True)))


def _data(fields: Mapping[bytes, bytes]) -> dict[str, bytes]:
    return {name[1:].decode(): value for name, value in fields.items() if name.startswith(b":")}


def _text(value: bytes | None) -> str:
    return value.decode() if value else ""


def _user(fields: Mapping[bytes, Any]) -> User | None:
    if fields.get(b"u") is None:
        return None
    roles = fields.get(b"R")
    return User(fields[b"u"].decode(), fields[b"U"].decode(), _roles(roles) if roles else ())


@lru_cache(256)
def _roles(text: bytes) -> tuple[str, ...]:
    return tuple(json.loads(text))
