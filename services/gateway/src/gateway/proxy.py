"""Where everything goes that the gateway does not answer itself: to auth, or along a route."""

from functools import partial

from starlette.responses import Response
from starlette.types import ASGIApp

from gateway.context import Context, context_of
from gateway.crosssite import SAFE_METHODS
from gateway.faults import Fault
from gateway.forward import Answer, forward
from gateway.gate import AUTH_BODY_BYTES, leads_through
from gateway.handshake import open_socket
from gateway.headers import VIA, RawHeaders, edit_cookies, from_client, hops
from gateway.hop import Hop
from gateway.identity import identity_headers
from gateway.order import Order
from gateway.request import Request
from gateway.routes import Route
from gateway.sessions import live_session
from gateway.target import ALLOW
from gateway.websocket import Tunnel
from holdfast import Session
from servicekit import request_id, trace
from servicekit.problems import Problem

AUTH_TIMEOUT_SECONDS = 10.0
AUTH_PREFIXES = ("/login", "/register", "/logout", "/password", "/sessions", "/account")
# Of the body with which a service refuses a WebSocket; clients show little of it, if anything.
MOST_REFUSAL_BYTES = 1024 * 1024
# Two gateways in a row are a topology; three times the same one is a loop.
MOST_HOPS = 3


def for_auth(path: str) -> bool:
    """Tell whether a path is the auth service's."""
    return path == "/" or "/" + path[1:].partition("/")[0] in AUTH_PREFIXES


def _with_ours(request: Request, context: Context, headers: RawHeaders) -> RawHeaders:
    """Put the fields that every forwarded request carries around a client's; Host comes first."""
    joined = trace.current.get()
    host = request.headers["host"].encode("latin-1")
    return [
        (b"host", host),
        *headers,
        (b"via", VIA),
        (b"x-forwarded-for", context.client_ip(request).encode()),
        (b"x-forwarded-host", host),
        (b"x-forwarded-proto", context.scheme(request).encode()),
        (b"x-request-id", request_id.current.get().encode()),
        *(joined.headers() if joined else ()),
    ]


def _target(request: Request, path: str) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def to_auth(request: Request) -> ASGIApp:
    """Hand an identity call to auth, unless it has its hands full of passwords."""
    body = await request.body(AUTH_BODY_BYTES)
    ask = partial(_ask_auth, request, body)
    if leads_through(request.method, request.scope["target"]):
        return await context_of(request).gate.through(ask)
    return await ask()


async def _ask_auth(request: Request, body: bytes) -> Answer:
    """Ask an auth instance, and the next when no connection came about."""
    context = context_of(request)
    headers = edit_cookies(from_client(request.scope["headers"]), bytes)
    headers = _with_ours(request, context, headers)
    secret = context.settings.service_token.reveal().encode()
    headers.append((b"x-holdfast-service-token", secret))
    target = _target(request, request.scope["target"])
    order = Order(request.method, target, headers, body or None, AUTH_TIMEOUT_SECONDS)

    async def send(base: str) -> Answer:
        request.scope["upstream"] = base
        hop = await forward(context.http, base.rstrip("/"), order)
        return Answer(hop, partial(context.upstreams.failed, base), cookies=True)

    urls, repeatable = context.settings.auth_urls, request.method in SAFE_METHODS
    try:
        return await context.upstreams.ask(urls, send, repeatable=repeatable)
    except Fault as fault:
        raise Problem("auth-unavailable", cause=fault.cause) from None


async def _admit(request: Request, route: Route) -> Session | None:
    """Return the session a route needs or may have. Raises Problem 401 or 403."""
    if route.access == "public":
        return None
    session = await live_session(request, with_data=False, passive=route.passive)
    if session.user is None:
        raise Problem("no-session", "Nobody is signed in.")
    role = route.access.partition(":")[2]
    if role and role not in session.user.roles:
        raise Problem("forbidden")
    return session


def _headers(request: Request, route: Route, session: Session | None) -> RawHeaders:
    context = context_of(request)
    headers = from_client(request.scope["headers"])
    if "cookie" in request.headers:
        edit = bytes if route.forward_session else context.cookies.strip
        headers = edit_cookies(headers, edit)
    identity = identity_headers(context, session, route.prefix) if session else []
    return _with_ours(request, context, headers) + identity


def _is_preflight(request: Request) -> bool:
    """Say whether a browser asks if another origin may send something (Fetch, 4.8).

    It carries no cookie, so that a 401 would be the wrong answer. Without a CORS field in the
    answer the browser sends nothing more.
    """
    fields = request.headers
    asks = "origin" in fields and "access-control-request-method" in fields
    return asks and request.method == "OPTIONS"


def _last_hop(request: Request) -> bool:
    """Tell whether an OPTIONS request must go no further (RFC 9110, 7.6.2)."""
    return request.method == "OPTIONS" and request.headers.get("max-forwards") == "0"


def _one_hop_less(headers: RawHeaders) -> RawHeaders:
    return [
        (name, b"%d" % (int(value) - 1))
        if name == b"max-forwards" and value.isdigit() and len(value) < 10  # noqa: PLR2004
        else (name, value)
        for name, value in headers
    ]


async def along_route(request: Request) -> ASGIApp:
    """Send a request along its route.

    Raises Problem no-route, loop-detected, body-too-large and what admission tells.
    """
    context = context_of(request)
    path: str = request.scope["target"]
    route = context.routes.match(path)
    if route is None:
        raise Problem("no-route")
    request.scope["route"], request.scope["route_template"] = route, route.template
    if hops(request.scope["headers"]) >= MOST_HOPS:
        raise Problem("loop-detected")
    if _is_preflight(request) and route.access != "public":
        return Response(status_code=204, headers=ALLOW)
    session = await _admit(request, route)
    if _last_hop(request):
        return Response(status_code=204, headers=ALLOW)
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > route.max_body_bytes:
        raise Problem("body-too-large")
    if route.strip_prefix:
        path = path[len(route.prefix) :] or "/"
    headers = _headers(request, route, session)
    if request.method == "OPTIONS":
        headers = _one_hop_less(headers)
    target = _target(request, path)
    if "websocket" in request.scope:
        answer: ASGIApp = await _tunnel(request, route, session, headers, target)
    else:
        answer = await _exchange(request, route, headers, target)
    request.scope["proxied"] = True
    return answer


async def _exchange(request: Request, route: Route, headers: RawHeaders, target: str) -> Answer:
    context, carries = context_of(request), request.has_body

    async def send(base: str) -> Answer:
        request.scope["upstream"] = base
        body = request.stream(route.max_body_bytes) if carries else None
        order = Order(request.method, target, headers, body, route.timeout_seconds)
        hop = await forward(context.http, base, order)
        # A service that gets the session may begin one, too; no other may touch our cookie.
        failed, cookies = partial(context.upstreams.failed, base), route.forward_session
        return Answer(hop, failed, cookies=cookies)

    repeatable = request.method in SAFE_METHODS and not carries
    return await context.upstreams.ask(route.upstreams, send, repeatable=repeatable)


async def _tunnel(
    request: Request, route: Route, session: Session | None, headers: RawHeaders, target: str
) -> Tunnel | Answer:
    """Open the upstream's side of a socket; what refuses it is an answer like any other."""
    context = context_of(request)
    order = Order("GET", target, headers, None, route.timeout_seconds)

    async def send(base: str) -> Tunnel | Answer:
        request.scope["upstream"] = base
        opened = await open_socket(context.http, base, order)
        if isinstance(opened, Hop):
            failed, cookies = partial(context.upstreams.failed, base), route.forward_session
            return Answer(opened, failed, cookies=cookies, most_bytes=MOST_REFUSAL_BYTES)
        return Tunnel(opened, context.store, session)

    # A handshake changes nothing, so it may be repeated.
    return await context.upstreams.ask(route.upstreams, send, repeatable=True)
