"""Where everything goes that the gateway does not answer itself: to auth, or along a route."""

import aiohttp
from starlette.requests import Request
from starlette.types import ASGIApp

from gateway.context import Context, context_of
from gateway.forward import Answer, Body, forward, has_body
from gateway.headers import RawHeaders, from_client
from gateway.routes import Route
from gateway.sessions import identity_headers, live_session
from gateway.target import judge_values
from holdfast import Session
from servicekit import request_id, trace
from servicekit.problems import Problem

AUTH_BODY_BYTES = 64 * 1024
AUTH_TIMEOUT_SECONDS = 10.0
AUTH_PREFIXES = ("/login", "/register", "/logout", "/password", "/sessions", "/account")


def for_auth(path: str) -> bool:
    """Tell whether a path is the auth service's."""
    return path == "/" or any(path == one or path.startswith(one + "/") for one in AUTH_PREFIXES)


def _ours(request: Request, context: Context) -> RawHeaders:
    """Make the fields that every forwarded request carries."""
    joined = trace.current.get()
    host = request.headers["host"].encode("latin-1")
    return [
        (b"host", host),
        (b"via", b"1.1 holdfast"),
        (b"x-forwarded-for", context.client_ip(request).encode()),
        (b"x-forwarded-host", host),
        (b"x-forwarded-proto", request.scope["scheme"].encode()),
        (b"x-request-id", request_id.current.get().encode()),
        *(joined.headers() if joined else ()),
    ]


def _target(request: Request, path: str) -> str:
    query = request.scope["query_string"].decode("latin-1")
    return f"{path}?{query}" if query else path


async def to_auth(request: Request) -> ASGIApp:
    """Hand an identity call to an auth instance; try the next when no connection came about."""
    context = context_of(request)
    judge_values(request.scope["headers"])
    body = b"".join([chunk async for chunk in Body(request, AUTH_BODY_BYTES)])
    headers = from_client(request.scope["headers"]) + _ours(request, context)
    secret = context.settings.service_token.reveal().encode()
    headers.append((b"x-holdfast-service-token", secret))
    for base in context.settings.auth_urls:
        url = base.rstrip("/") + _target(request, request.scope["target"])
        try:
            response = await forward(
                context.http, request, url, headers, body or None, AUTH_TIMEOUT_SECONDS
            )
        except aiohttp.ClientConnectorError:
            continue
        except Problem:
            raise Problem("auth-unavailable") from None
        return Answer(response, b"\0")
    raise Problem("auth-unavailable")


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
    if not route.forward_session:
        stripped = [
            (name, context.cookies.strip(value) if name == b"cookie" else value)
            for name, value in headers
        ]
        headers = [pair for pair in stripped if pair[0] != b"cookie" or pair[1]]
    identity = identity_headers(session) if session else {}
    added = [(name.encode(), value.encode()) for name, value in identity.items()]
    return headers + _ours(request, context) + added


async def along_route(request: Request) -> ASGIApp:
    """Send a request along its route. Raises Problem no-route and what admission tells."""
    context = context_of(request)
    path: str = request.scope["target"]
    route = context.routes.match(path)
    if route is None:
        raise Problem("no-route")
    request.scope["route_template"] = f"{route.prefix}/*"
    judge_values(request.scope["headers"])
    session = await _admit(request, route)
    length = request.headers.get("content-length", "0")
    if length.isdigit() and int(length) > route.max_body_bytes:
        raise Problem("body-too-large")
    if route.strip_prefix:
        path = path[len(route.prefix) :] or "/"
    headers = _headers(request, route, session)
    for base in route.upstreams:
        body = Body(request, route.max_body_bytes) if has_body(request) else None
        url = base + _target(request, path)
        try:
            response = await forward(
                context.http, request, url, headers, body, route.timeout_seconds
            )
        except aiohttp.ClientConnectorError:
            continue
        request.scope["proxied"] = True
        # A service that gets the session may begin one, too; no other may touch our cookie.
        dropped = b"\0" if route.forward_session else context.cookies.name.encode()
        return Answer(response, dropped)
    raise Problem("upstream-unreachable")
