"""CSRF tokens of the pages' forms: an HMAC of the cookie they came with (OWASP CSRF Prevention).

Bound to the session's token, or, before there is a session, to a cookie of their own. The gateway
has refused cross-site requests before; this holds where a browser sends neither field.
"""

import hashlib
import hmac
import secrets

from flask import g, request

from auth.http import identity, old_token
from servicekit.problems import Problem

FIELD, PRE_SESSION_COOKIE = "csrf", "holdfast-form"
_LENGTH = 43


def _mac(bound_to: str) -> str:
    key = identity().settings.pepper.reveal().encode()
    return hmac.new(key, b"csrf:" + bound_to.encode(), hashlib.sha256).hexdigest()


def _binding() -> str | None:
    token = old_token()
    return token.text if token else request.cookies.get(PRE_SESSION_COOKIE)


def field() -> str:
    """Return the token for a form on the page being made."""
    bound_to = _binding()
    if not bound_to or len(bound_to) < _LENGTH:
        bound_to = g.form_cookie = secrets.token_urlsafe(32)
    return _mac(bound_to)


def check() -> None:
    """Raise Problem cross-site unless the form carries the token of its cookie."""
    bound_to, told = _binding(), request.form.get(FIELD, "")
    if not bound_to or not hmac.compare_digest(told.encode(), _mac(bound_to).encode()):
        raise Problem("cross-site", "The form has expired: load the page again.")
