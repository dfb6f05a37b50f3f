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
# As a token is written: the hex of an HMAC by SHA-256.
_TOKEN = re.compile(r"[0-9a-f]{64}")
_MISSING = (
    "This form came without its token, so nothing was done. Send it once more; if that does not "
    "help, see that your browser keeps our cookies."
)
_EXPIRED = {
    "form": "This form has expired, so nothing was done. Send it once more; if that does not help, "
    "see that your browser keeps our cookies.",
    "session": "This form has expired, because your session was renewed after the page was loaded. "
    "Nothing was done. Load the page again and repeat it there.",
}


def cookie(value: str) -> str:
    """Return the Set-Cookie value of the forms before a session."""
    secure = "; Secure" if identity().settings.cookie_secure else ""
    return f"{cookies().form_name}={value}; Path=/{secure}; HttpOnly; SameSite=Lax"


def _mac(kind: str, bound_to: str) -> str:
    key = identity().settings.pepper.reveal().encode()
    return hmac.new(key, f"csrf:{kind}:{bound_to}".encode(), hashlib.sha256).hexdigest()


def form_cookie() -> str | None:
    """Return the value of the forms' own cookie, None where there is not exactly one."""
    value = cookies().read_form(cookie_field())
    return value if value and _VALUE.fullmatch(value) else None


def _session_tokens() -> str | None:
    return ",".join(sorted(token.text for token in named_tokens())) or None


def for_visitors() -> str:
    """Return the token for a form that needs no session; the page has to set `g.form_cookie`."""
    bound_to = form_cookie()
    if bound_to is None:
        bound_to = g.form_cookie = secrets.token_urlsafe(32)
    return _mac("form", bound_to)


def for_session() -> str:
    """Return the token for a form of the caller's session. Raises Problem token-invalid."""
    bound_to = _session_tokens()
    if bound_to is None:
        raise Problem("token-invalid", _EXPIRED["session"])
    return _mac("session", bound_to)


def _check(kind: str, bound_to: str | None) -> None:
    """Raise Problem cross-site without a token that can be one, token-invalid for another's."""
    given = request.form.get(FIELD, "")
    if not _TOKEN.fullmatch(given):
        raise Problem("cross-site", _MISSING)
    if not bound_to or not hmac.compare_digest(given, _mac(kind, bound_to)):
        raise Problem("token-invalid", _EXPIRED[kind])


def check_visitor() -> None:
    """Raise Problem cross-site or token-invalid unless the form has the token of its cookie."""
    _check("form", form_cookie())


def check_session() -> None:
    """Raise Problem cross-site or token-invalid unless the form has the token of its session."""
    _check("session", _session_tokens())
