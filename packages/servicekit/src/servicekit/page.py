"""Pages for people: one shell and one stylesheet for both services.

The stylesheet stands in each page, allowed by its hash: an error page needs no second request, so
it looks right while the auth service is down, and no page meets the stylesheet of another version.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from string import Template

MEDIA_TYPE = "text/html; charset=utf-8"


@cache
def part(name: str) -> str:
    """Return a file of the look."""
    return (files(__package__) / "look" / name).read_text("utf-8")


def render(title: str, main: str, more: str = "") -> str:
    """Return a whole page. All three are HTML already: `more` goes into the head."""
    shell = Template(part("page.html"))
    return shell.substitute(title=title, main=main, more=more, style=part("style.css"))


@cache
def _policy(*, script: bool) -> str:
    digest = base64.b64encode(hashlib.sha256(part("style.css").encode()).digest()).decode()
    own = "script-src 'self'; " if script else ""
    return (
        f"default-src 'none'; {own}style-src 'sha256-{digest}'; img-src data:; "
        "form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
    )


def headers(*, script: bool = False) -> dict[str, str]:
    """Return the fields of an HTML answer (ASVS 5.0, 3.4). `script`: whether it may load ours."""
    return {
        "content-type": MEDIA_TYPE,
        "content-security-policy": _policy(script=script),
        "cache-control": "no-store",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "referrer-policy": "same-origin",
        "x-content-type-options": "nosniff",
    }
