"""The session view of the API: made once, for both services."""

import json
from datetime import UTC, datetime

from holdfast import Session


def timestamp(ms: int) -> str:
    """Write Unix ms as RFC 3339 with milliseconds."""
    text = datetime.fromtimestamp(ms / 1000, UTC).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")


def data_json(session: Session) -> bytes:
    """Return the session's data as a JSON object; the values are spliced in byte for byte."""
    pairs = (b'"%s": %s' % (name.encode(), value) for name, value in (session.data or {}).items())
    return b"{" + b", ".join(pairs) + b"}"


def session_json(session: Session, *, secure: bool) -> bytes:
    """Return the session view. `secure`: whether the cookie is."""
    user = session.user
    cookie = {
        "originalMaxAge": session.idle_ms,
        "expires": timestamp(session.absolute_expires_ms) if session.remember else None,
        "httpOnly": True,
        "secure": secure,
        "sameSite": "lax",
        "path": "/",
    }
    view = {
        "authenticated": user is not None,
        "user": {"username": user.name, "roles": list(user.roles)} if user else None,
        "id": session.id,
        "cookie": cookie,
        "created_at": timestamp(session.created_ms),
        "last_seen_at": timestamp(session.last_seen_ms),
        "idle_expires_at": timestamp(session.idle_expires_ms),
        "absolute_expires_at": timestamp(session.absolute_expires_ms),
        "authenticated_at": timestamp(session.authenticated_ms) if user else None,
        "version": session.version,
    }
    return json.dumps(view).encode()[:-1] + b', "data": ' + data_json(session) + b"}"
