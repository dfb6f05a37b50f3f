"""Makes pages of templates, and the redirects between them."""

from urllib.parse import urlencode

from flask import Response, g, render_template, request
from markupsafe import escape

from auth import csrf
from auth.forms import Fault
from auth.next_path import safe_next
from servicekit import page

_SCRIPT = '<script src="/account/static/pages.js" defer></script>\n'

# What a redirect may have the next page say. An address carries the key and never a text.
NOTICES = {
    "signed-out": "You have signed out.",
    "registered": "Your account is ready. Sign in to use it.",
    "ended": "That device is signed out.",
    "others-ended": "All your other devices are signed out.",
    "password": "Your password is changed, and all your other devices are signed out.",
}


def next_path() -> str:
    """Return where to go after signing in: a path of our own, else the account."""
    return safe_next(request.values.get("next", ""))


def show(
    name: str, title: str, fault: Fault | None = None, notice: str | None = None, **values: object
) -> Response:
    """Make a page of a template. With a fault it has its status, and says so in its title."""
    notice = NOTICES.get(request.args.get("done", "")) or notice
    main = render_template(
        f"{name}.html", title=title, next=next_path(), fault=fault, notice=notice, **values
    )
    heading = escape(f"Error: {title}" if fault else title)
    fields = page.headers(script=True)
    if fault:
        fields |= fault.problem.headers()
    status = fault.problem.status if fault else 200
    made = Response(page.render(str(heading), main, _SCRIPT), status, fields)
    if "form_cookie" in g:
        made.headers.add("set-cookie", csrf.cookie(g.form_cookie))
    return made


def go(path: str, **query: str) -> Response:
    """Lead to a path of our own with 303, so that reloading sends no form again."""
    location = f"{path}?{urlencode(query, safe='/')}" if query else path
    return Response(status=303, headers={"location": location, "cache-control": "no-store"})
