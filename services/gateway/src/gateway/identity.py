"""Who is asking: told to services behind, and to proxies that ask /auth/verify."""

from functools import lru_cache
from urllib.parse import quote

from starlette.responses import Response
from starlette.types import ASGIApp

from gateway import assertion
from gateway.answer import NO_CONTENT, Answer
from gateway.context import Context, context_of
from gateway.crosssite import SAFE_METHODS
from gateway.headers import RawHeaders
from gateway.request import Request
from gateway.router import Endpoint
from gateway.sessions import live_session
from gateway.target import METHODS
from holdfast import Session
from servicekit.negotiation import prefers_html
from servicekit.problems import Problem

VERIFY = "/auth/verify"
_URI_FIELDS = ("x-forwarded-uri", "x-original-uri")


def identity_headers(context: Context, session: Session, audience: str) -> RawHeaders:
    """Tell the service `audience` who is asking. A name beyond ASCII is percent-encoded UTF-8."""
    headers = [(b"x-auth-session", session.id.encode())]
    if session.user is not None:
        headers += _of_user(session.user.name, session.user.roles)
    if context.signer is not None:
        headers.append((assertion.HEADER, context.signer.sign(session, audience).encode()))
    return headers


@lru_cache(4096)
def _of_user(name: str, roles: tuple[str, ...]) -> RawHeaders:
    told = quote(name, safe=" !#$&'()*+,/:;=?@[]")
    return [(b"x-auth-user", told.encode()), (b"x-auth-roles", ",".join(roles).encode())]


async def verify(request: Request) -> ASGIApp:
    """GET /auth/verify: forward-auth, for a proxy that asks before it forwards.

    `?role=` asks for a role, `?audience=` names the service in the assertion, `?login=redirect`
    sends browsers that navigate to the sign-in page instead of answering them 401.
    """
    context_of(request).judge_site(request, _method(request))
    try:
        session = await _signed_in(request)
    except Problem as problem:
        if problem.status != 401 or not _wants_login(request):  # noqa: PLR2004 - the status
            raise
        place = f"/login?next={quote(_asked_for(request), safe='/')}"
        return Response(status_code=302, headers={"location": place})
    asked = request.query_params if request.scope["query_string"] else {}
    role = asked.get("role")
    if role is not None and session.user and role not in session.user.roles:
        raise Problem("forbidden")
    told = identity_headers(context_of(request), session, asked.get("audience", VERIFY))
    return Answer(status=NO_CONTENT, fields=told)


async def verify_below(request: Request) -> Answer:
    """Answer /auth/verify/<path>: for Envoy, which puts the path it asks about behind ours.

    Method and query are the client's, so the query asks for nothing here.
    """
    session = await _signed_in(request)
    return Answer(fields=identity_headers(context_of(request), session, VERIFY))


async def _signed_in(request: Request) -> Session:
    session = await live_session(request, with_data=False)
    if session.user is None:
        raise Problem("no-session", "Nobody is signed in.")
    return session


def _wants_login(request: Request) -> bool:
    """Tell whether a browser is about to show the answer as a page (Fetch Metadata).

    Never for an unsafe method: its body would be lost on the way.
    """
    if request.query_params.get("login") != "redirect":
        return False
    if _method(request) not in SAFE_METHODS:
        return False
    mode = request.headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else prefers_html(request.headers.get("accept", ""))


def _method(request: Request) -> str:
    """Return the method of what the proxy was asked; believing it can only refuse more."""
    return request.headers.get("x-forwarded-method", "GET")


def _asked_for(request: Request) -> str:
    """Return the path that the proxy was asked for; the sign-in page judges it again."""
    told = next((request.headers[name] for name in _URI_FIELDS if name in request.headers), "/")
    return told if told.startswith("/") and not told.startswith("//") else "/"


async def jwks(request: Request) -> Response:
    """GET /.well-known/jwks.json: the keys that verify assertions."""
    signer = context_of(request).signer
    body = signer.jwks if signer else b'{"keys":[]}'
    return Response(body, headers={"cache-control": "max-age=300"}, media_type="application/json")


ENDPOINTS = [
    Endpoint("GET", VERIFY, verify),
    *(Endpoint(method, VERIFY + "/**", verify_below) for method in sorted(METHODS)),
    Endpoint("GET", "/.well-known/jwks.json", jwks),
]
