"""CSRF tokens of the pages' forms: an HMAC of the cookies they came with (OWASP CSRF Prevention).

Forms of an account are bound to every token that the cookies name, so that a token dies with its
session and a cookie from a sibling host (cookie tossing) proves nothing. Forms before there is one
are bound to a cookie of their own, so that a second tab still signs in after the first one did. The
gateway has refused cross-site requests before; this holds where a browser sends neither
Sec-Fetch-Site nor Origin.
"""

import hashlib
import hmac
import re
import secrets

from flask import g, request

from auth.http import cookie_field, cookies, identity, named_tokens
from servicekit.problems import Problem

FIELD = "csrf"
_VALUE = re.compile(r"[A-Za-z0-9_-]{43}")
_EXPIRED = (
    "This form had expired, so nothing was done. Send it once more; if that does not help, see "
    "that your browser keeps our cookies."
)


def cookie(value: str) -> str:
    """Return the Set-Cookie value of the forms before a session."""
    secure = "; Secure" if identity().settings.cookie_secure else ""
    return f"{cookies().form_name}={value}; Path=/{secure}; HttpOnly; SameSite=Lax"


def _mac(kind: str, bound_to: str) -> str:
    key = identity().settings.pepper.reveal().encode()
    return hmac.new(key, f"csrf:{kind}:{bound_to}".encode(), hashlib.sha256).hexdigest()


def _form_cookie() -> str | None:
    value = cookies().read_form(cookie_field())
    return value if value and _VALUE.fullmatch(value) else None


def _session_tokens() -> str | None:
    return ",".join(sorted(token.text for token in named_tokens())) or None


def for_visitors() -> str:
    """Return the token for a form that needs no session; the page has to set `g.form_cookie`."""
    bound_to = _form_cookie()
    if bound_to is None:
        bound_to = g.form_cookie = secrets.token_urlsafe(32)
    return _mac("form", bound_to)


def for_session() -> str:
    """Return the token for a form of the caller's session. Raises Problem cross-site."""
    bound_to = _session_tokens()
    if bound_to is None:
        raise Problem("cross-site", _EXPIRED)
    return _mac("session", bound_to)


def _check(kind: str, bound_to: str | None) -> None:
    told = request.form.get(FIELD, "")
    if not bound_to or not hmac.compare_digest(told.encode(), _mac(kind, bound_to).encode()):
        raise Problem("cross-site", _EXPIRED)


def check_visitor() -> None:
    """Raise Problem cross-site unless the form carries the token of its own cookie."""
    _check("form", _form_cookie())


def check_session() -> None:
    """Raise Problem cross-site unless the form carries the token of the session it came with."""
    _check("session", _session_tokens())
