"""Reads what Redis holds. Layout version 1; a record that does not decode is no session.

Meta fields: l layout, p public id, u user id, U user name, R roles (JSON), c created,
n authenticated, s last seen, i idle deadline, a absolute deadline, w idle window, r remember,
v version, I address, D device, z data bytes, q data names, o old tokens, g grace.
Data: one field a name, ":" before it.
Times are Unix ms on Redis's clock.
"""

import json
from collections.abc import Sequence

from holdfast.model import Client, Session, User

LAYOUT = b"1"


class CorruptRecord(ValueError):
    """The bytes are no record of a layout that this version knows."""


def read_session(flat: Sequence[bytes], now_ms: int, *, with_data: bool) -> Session:
    """Make a Session of a record's fields and values. Raises CorruptRecord."""
    fields = dict(zip(flat[::2], flat[1::2], strict=True))
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
            remember=b"r" in fields,
            client=Client(fields.get(b"I", b"").decode(), fields.get(b"D", b"").decode()),
            version=int(fields[b"v"]),
            now_ms=now_ms,
            data=read_data(flat) if with_data else None,
        )
    except (KeyError, ValueError) as error:
        raise CorruptRecord(str(error)) from error


def read_data(flat: Sequence[bytes]) -> dict[str, bytes]:
    """Return the data among a record's fields: name to JSON text, byte for byte."""
    pairs = zip(flat[::2], flat[1::2], strict=True)
    return {name[1:].decode(): value for name, value in pairs if name[:1] == b":"}


def _user(fields: dict[bytes, bytes]) -> User | None:
    if b"u" not in fields:
        return None
    roles = tuple(json.loads(fields.get(b"R", b"[]")))
    return User(fields[b"u"].decode(), fields[b"U"].decode(), roles)
