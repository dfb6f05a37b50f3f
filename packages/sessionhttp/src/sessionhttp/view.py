"""The session view of the API: made once, for both services."""

from datetime import UTC, datetime
from functools import lru_cache

import msgspec

from holdfast import Session

_encode = msgspec.json.Encoder().encode


class CookieView(msgspec.Struct, frozen=True, rename="camel"):
    """The cookie as express-session tells it: ages in ms."""

    original_max_age: int
    expires: str | None
    secure: bool
    http_only: bool = True
    same_site: str = "lax"
    path: str = "/"


class UserView(msgspec.Struct, frozen=True):
    """Who is signed in."""

    username: str
    roles: tuple[str, ...]


class SessionView(msgspec.Struct, frozen=True):
    """What a client is told of its session; times are RFC 3339 in UTC."""

    authenticated: bool
    user: UserView | None
    id: str
    cookie: CookieView
    created_at: str
    last_seen_at: str
    idle_expires_at: str
    absolute_expires_at: str
    authenticated_at: str | None
    version: int
    data: msgspec.Raw


def timestamp(ms: int) -> str:
    """Write Unix ms as RFC 3339 with milliseconds."""
    minute, rest = divmod(ms, 60_000)
    second, rest = divmod(rest, 1000)
    return f"{_minute(minute)}:{second:02d}.{rest:03d}Z"


# The times of all sessions lie in few minutes, each of which many sessions share.
@lru_cache(4096)
def _minute(number: int) -> str:
    return f"{datetime.fromtimestamp(number * 60, UTC):%Y-%m-%dT%H:%M}"


def data_json(session: Session) -> bytes:
    """Return the session's data as a JSON object; the values are spliced in byte for byte."""
    pairs = [b'"%s":%s' % (name.encode(), value) for name, value in (session.data or {}).items()]
    return b"{" + b",".join(pairs) + b"}"


def session_json(session: Session, *, secure: bool) -> bytes:
    """Return the session view. `secure`: whether the cookie is."""
    user, expires = session.user, timestamp(session.absolute_expires_ms)
    return _encode(
        SessionView(
            authenticated=user is not None,
            user=UserView(user.name, user.roles) if user else None,
            id=session.id,
            cookie=CookieView(session.idle_ms, expires if session.remember else None, secure),
            created_at=timestamp(session.created_ms),
            last_seen_at=timestamp(session.last_seen_ms),
            idle_expires_at=timestamp(session.idle_expires_ms),
            absolute_expires_at=expires,
            authenticated_at=timestamp(session.authenticated_ms) if user else None,
            version=session.version,
            data=msgspec.Raw(data_json(session)),
        )
    )
