"""Who is asking: told to services behind, and to proxies that ask /auth/verify."""

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import quote

from starlette.datastructures import QueryParams
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
from gateway.sign_in import sign_in_address
from gateway.target import METHODS
from holdfast import Session
from servicekit.negotiation import prefers_html
from servicekit.problems import Problem

VERIFY = "/auth/verify"
_QUESTIONS, _REDIRECT = frozenset({"role", "audience", "login"}), "redirect"
# A proxy asks with this field for the cookies that it may pass on. No page's script can set a field
# of such a name (Fetch, 2.2.2), so none reads a cookie that is HttpOnly in the answer.
_FORWARD_AUTH, _COOKIE = "sec-forward-auth", "cookie"
# Envoy keeps a client's field unless the answer has another value for it or names it here.
_NO_COOKIES_FOR_ENVOY = (b"x-envoy-auth-headers-to-remove", b"cookie")
_URI_FIELDS = (b"x-forwarded-uri", b"x-original-uri")
# RFC 3986, 2.2: what stays in the field beside unreserved characters, and space.
_RESERVED = ":/?#[]@!$&'()*+,;="


def identity_headers(context: Context, session: Session, audience: str) -> RawHeaders:
    """Return the fields that name the caller to the service `audience`.

    The user name is percent-encoded UTF-8 (RFC 3986, 2.1). Reserved and unreserved characters and
    space stay as they are; decoding gives the name exactly.
    """
    headers = [(b"x-auth-session", session.id.encode())]
    if session.user is not None:
        headers += _of_user(session.user.name, session.user.roles)
    if context.signer is not None:
        headers.append((assertion.HEADER, context.signer.sign(session, audience).encode()))
    return headers


@lru_cache(4096)
def _of_user(name: str, roles: tuple[str, ...]) -> RawHeaders:
    encoded = quote(name, safe=f" {_RESERVED}")
    return [(b"x-auth-user", encoded.encode()), (b"x-auth-roles", ",".join(roles).encode())]


async def verify(request: Request) -> ASGIApp:
    """GET /auth/verify: forward-auth, for a proxy that asks before it forwards.

    `?role=` asks for a role, `?audience=` names the service in the assertion, `?login=redirect`
    sends browsers that navigate to the sign-in page instead of answering them 401.
    """
    context, method = context_of(request), _method(request)
    asked = _questions(request.scope["query_string"])
    if method not in SAFE_METHODS:
        # Traefik asks with the gateway's name as Host.
        context.judge_site(request, method, context.forwarded_host(request))
    try:
        session = await _signed_in(request)
    except Problem as problem:
        if problem.status != 401 or not _wants_login(request, asked):  # noqa: PLR2004 - the status
            raise
        place = sign_in_address(_asked_for(request))
        return Response(status_code=302, headers={"location": place})
    role = asked.get("role")
    if role is not None and session.user and role not in session.user.roles:
        raise Problem("forbidden")
    fields = identity_headers(context, session, asked.get("audience", VERIFY))
    if _passes_cookies(request):
        # There even when empty: Caddy takes a field that is missing for one by a strange name.
        fields.append((b"cookie", _other_cookies(request)))
    return Answer(status=NO_CONTENT, fields=fields)


async def verify_below(request: Request) -> Answer:
    """Answer /auth/verify/<path>: for Envoy, which puts the path it asks about behind ours.

    Method and query are the client's, so the query asks for nothing here.
    """
    session = await _signed_in(request)
    fields = identity_headers(context_of(request), session, VERIFY)
    if _passes_cookies(request):
        others = _other_cookies(request)
        fields.append((b"cookie", others) if others else _NO_COOKIES_FOR_ENVOY)
    return Answer(fields=fields)


def _passes_cookies(request: Request) -> bool:
    return request.headers.get(_FORWARD_AUTH) == _COOKIE


def _other_cookies(request: Request) -> bytes:
    """Return the Cookie field for the service behind: the client's without ours, empty if none.

    The proxy puts it in the place of the client's, so one parser says what the session cookie is.
    """
    return context_of(request).cookies.strip(request.cookie_field)


async def _signed_in(request: Request) -> Session:
    session = await live_session(request, with_data=False)
    if session.user is None:
        raise Problem("no-session", "Nobody is signed in.")
    return session


@lru_cache(256)
def _questions(query: bytes) -> Mapping[str, str]:
    """Return what a proxy asks besides whose session it is. Raises Problem bad-request.

    A question that is misspelt, or asked twice, would be passed over and let everybody in.
    """
    pairs = QueryParams(query).multi_items() if query else []
    asked = dict(pairs)
    wrong = len(asked) < len(pairs) or not _QUESTIONS.issuperset(asked)
    if wrong or asked.get("login", _REDIRECT) != _REDIRECT:
        raise Problem("bad-request", "/auth/verify takes role, audience and login=redirect, once.")
    return asked


def _wants_login(request: Request, asked: Mapping[str, str]) -> bool:
    """Tell whether a browser is about to show the answer as a page (Fetch Metadata).

    Never for an unsafe method: its body would be lost on the way.
    """
    if "login" not in asked:
        return False
    if _method(request) not in SAFE_METHODS:
        return False
    mode = request.headers.get("sec-fetch-mode")
    return mode == "navigate" if mode else prefers_html(request.headers.get("accept", ""))


def _method(request: Request) -> str:
    """Return the method of what the proxy was asked; believing it can only refuse more."""
    return request.headers.get("x-forwarded-method", "GET")


def _asked_for(request: Request) -> bytes:
    """Return the path that the proxy was asked for; the sign-in page judges it again."""
    values = request.headers.values
    given = next((values[name] for name in _URI_FIELDS if name in values), b"/")
    return given if given.startswith(b"/") and not given.startswith(b"//") else b"/"


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
