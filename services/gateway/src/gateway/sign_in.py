"""Leads a person who opens a page of a route without a session to where one signs in."""

from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

from gateway.request import Request
from servicekit.negotiation import is_navigation
from servicekit.problems import Problem

_LONGEST_NEXT = 2000


def leads_to_sign_in(request: Request, problem: Problem) -> bool:
    """Tell whether a 401 becomes a redirect: on routes only, and only for a navigation.

    Our own API keeps its 401, whoever asks: docs/decisions/0006.
    """
    on_route = "route" in request.scope
    refused = problem.status is HTTPStatus.UNAUTHORIZED
    return refused and on_route and is_navigation(request.method, request.headers)


def to_sign_in(request: Request) -> Response:
    """Return the redirect to the sign-in page, which leads back here."""
    path, query = str(request.scope["target"]), request.scope["query_string"].decode("latin-1")
    back = quote(f"{path}?{query}" if query else path, safe="")
    location = f"/login?next={back}" if len(back) <= _LONGEST_NEXT else "/login"
    fields = {"location": location, "cache-control": "no-store", "vary": "Cookie, Accept"}
    return Response(status_code=303, headers=fields)
