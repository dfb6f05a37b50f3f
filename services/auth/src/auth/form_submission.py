"""One sending of the sign-in form, which a double click makes two requests of.

The browser keeps the cookie of either answer, and the session of the other one would stay in the
device list. Both requests bring the same form and the same cookies, so both get the same token.
"""

import re
import secrets
import time

from flask import request

from auth import csrf
from auth.http import identity, named_tokens

FIELD = "nonce"
_NONCE = re.compile(r"[A-Za-z0-9_-]{22}\.([0-9]{10,11})")
_LONGEST_SECONDS = 12 * 3600
# By how much the clocks of two instances may differ.
_SKEW_SECONDS = 60


def new_nonce() -> str:
    """Return the value of the form's field: random, and when the form was shown (Unix seconds)."""
    return f"{secrets.token_urlsafe(16)}.{int(time.time())}"


def _longest_seconds() -> int:
    """Return for how long a form makes the same token, in seconds.

    While the record of its session, or a tombstone, is there for certain: a token is never made
    again. A record outlives its idle deadline; a tombstone is kept for 24 hours.
    """
    settings = identity().settings
    lifetimes = [settings.lifetime(remember=remember) for remember in (False, True)]
    shortest_ms = min(min(one.idle_ms, one.absolute_ms) for one in lifetimes)
    return min(_LONGEST_SECONDS, shortest_ms // 1000)


def submission() -> str | None:
    """Return what a form's request has in common with its double alone; None for other requests.

    A form that is sent again after an answer came brings other cookies, or meets a token that was
    used already.
    """
    nonce, bound_to = request.form.get(FIELD, ""), csrf.form_cookie()
    shown = _NONCE.fullmatch(nonce)
    if bound_to is None or shown is None:
        return None
    if not -_SKEW_SECONDS <= time.time() - int(shown[1]) <= _longest_seconds():
        return None
    named = sorted(token.text for token in named_tokens())
    return ":".join([bound_to, nonce, *named])
