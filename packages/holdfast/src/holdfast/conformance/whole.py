"""An adapter for libraries that read, write and delete whole sessions, as most do."""

import json
import time
from collections.abc import Sequence
from typing import Any, Protocol

from holdfast.intents import Intent
from holdfast.memory import stage
from holdfast.model import Client, Committed, Ended, Lifetime, Limits, Reason, Session, User
from holdfast.token import Token, new_public_id

_META = "_"


class Library(Protocol):
    """What such a library can do. A session is a dictionary of texts."""

    def read(self, session_id: str) -> dict[str, str] | None:
        """Return a session that is neither deleted nor expired."""
        ...

    def write(self, session_id: str, session: dict[str, str], ttl_ms: int) -> None:
        """Write a session, to expire `ttl_ms` from now."""
        ...

    def delete(self, session_id: str) -> None:
        """Delete a session."""
        ...


class WholeSessions:
    """The verbs create, load, commit and end, made of a library's three.

    Nothing is added that the library has not: what it loses between `read` and `write`, it loses
    here. Cases about users, rotation and reasons are told as not offered, or fail.
    """

    def __init__(self, library: Library) -> None:
        self._library = library

    def create(
        self,
        token: Token,
        lifetime: Lifetime,
        *,
        user: User | None = None,
        intents: Sequence[Intent] = (),
        limits: Limits = Limits(),
        **_: Any,
    ) -> Session:
        """See SessionStore.create; for anonymous sessions only."""
        if user:
            raise NotImplementedError("session of a user")
        data, _staged = stage({}, intents, limits)
        meta = {"id": new_public_id(), "began": _now(), "version": int(bool(intents))}
        meta |= {"idle": lifetime.idle_ms, "until": _now() + lifetime.absolute_ms}
        return self._write(token, meta, data)

    def load(self, token: Token, *, passive: bool = False, **_: Any) -> Session | Ended:
        """See SessionStore.load."""
        found = self._read(token)
        if found is None:
            return Ended(Reason.UNKNOWN)
        return _view(*found) if passive else self._write(token, *found)

    def commit(
        self,
        token: Token,
        intents: Sequence[Intent],
        *,
        if_version: int | str | None = None,
        idempotency_key: str | None = None,
        limits: Limits = Limits(),
        **_: Any,
    ) -> Committed | Ended:
        """See SessionStore.commit."""
        if if_version is not None or idempotency_key is not None:
            raise NotImplementedError("condition on a whole session")
        found = self._read(token)
        if found is None:
            return Ended(Reason.UNKNOWN)
        meta, before = found
        data, staged = stage(before, intents, limits)
        meta["version"] += 1
        self._write(token, meta, data)
        return Committed(meta["version"], staged)

    def end(self, token: Token, _: Reason = Reason.LOGGED_OUT) -> bool:
        """See SessionStore.end."""
        existed = self._library.read(token.text) is not None
        self._library.delete(token.text)
        return existed

    def _read(self, token: Token) -> tuple[dict[str, Any], dict[str, bytes]] | None:
        found = self._library.read(token.text)
        if found is None:
            return None
        meta: dict[str, Any] = json.loads(found[_META])
        return meta, {name: text.encode() for name, text in found.items() if name != _META}

    def _write(self, token: Token, meta: dict[str, Any], data: dict[str, bytes]) -> Session:
        meta["seen"] = _now()
        texts = {name: text.decode() for name, text in data.items()}
        ttl_ms = min(meta["idle"], meta["until"] - _now())
        self._library.write(token.text, {**texts, _META: json.dumps(meta)}, ttl_ms)
        return _view(meta, data)


def _view(meta: dict[str, Any], data: dict[str, bytes]) -> Session:
    return Session(
        id=meta["id"],
        user=None,
        created_ms=meta["began"],
        authenticated_ms=meta["began"],
        last_seen_ms=meta["seen"],
        idle_expires_ms=min(meta["seen"] + meta["idle"], meta["until"]),
        absolute_expires_ms=meta["until"],
        idle_ms=meta["idle"],
        remember=False,
        client=Client(),
        version=meta["version"],
        now_ms=_now(),
        data=data,
    )


def _now() -> int:
    return time.time_ns() // 1_000_000
