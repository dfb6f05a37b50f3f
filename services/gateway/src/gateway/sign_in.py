"""Leads a person who opens a page of a route without a session to where one signs in."""

import re
from http import HTTPStatus
from urllib.parse import quote

from starlette.responses import Response

from gateway.request import Request
from servicekit.negotiation import is_navigation
from servicekit.problems import Problem

# What the sign-in page's request line holds, of the 8,190 bytes that servers take (RFC 9112, 3).
_LONGEST_NEXT = 8000
_BEYOND_ASCII = re.compile(rb"[\x80-\xff]")


def leads_to_sign_in(request: Request, problem: Problem) -> bool:
    """Tell whether a 401 becomes a redirect: on routes only, and only for a navigation.

    Our own API keeps its 401, whoever asks: docs/decisions/0006.
    """
    on_route = "route" in request.scope
    refused = problem.status is HTTPStatus.UNAUTHORIZED
    return refused and on_route and is_navigation(request.method, request.headers)


def sign_in_address(target: bytes) -> str:
    """Return the address of the sign-in page that leads back to `target`, a path and its query.

    Bytes beyond ASCII are encoded as a browser encodes them, so that `target` is a URL whatever
    their charset. A query too long for the page's own address is left out; so is such a path.
    """
    encoded = _BEYOND_ASCII.sub(lambda byte: b"%%%02X" % ord(byte[0]), target)
    candidates = (quote(one, safe="/") for one in (encoded, encoded.partition(b"?")[0]))
    back = next((one for one in candidates if len(one) <= _LONGEST_NEXT), None)
    return "/login" if back is None else f"/login?next={back}"


def to_sign_in(request: Request) -> Response:
    """Return the redirect to the sign-in page, which leads back here."""
    path, query = str(request.scope["target"]).encode(), request.scope["query_string"]
    location = sign_in_address(path + b"?" + query if query else path)
    fields = {"location": location, "cache-control": "no-store", "vary": "Cookie, Accept"}
    return Response(status_code=303, headers=fields)
