"""The composition root: the only place that makes the parts and puts them together."""

import asyncio
import os
import re
import sys
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from functools import partial

import structlog
from starlette.applications import Starlette
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import identity, problem_pages, sessions, writes
from gateway.answer import Answer
from gateway.answer_fields import AnswerFields
from gateway.assertion import KeyFileError, Signer
from gateway.client import Client
from gateway.context import Context, context_of
from gateway.edge import Edge
from gateway.gate import Gate
from gateway.proxy import AUTH_PREFIXES, along_route, for_auth, to_auth
from gateway.reference import reference_endpoints
from gateway.request import Request
from gateway.router import Endpoint, Router
from gateway.routes import RouteFileError, load_routes
from gateway.settings import GatewaySettings
from gateway.upstream_metrics import UpstreamMetrics
from gateway.upstreams import Upstreams
from holdfast.errors import StoreError
from servicekit import health, logs, metrics, settings
from servicekit.bind import Bind
from servicekit.dependency import Dependency
from servicekit.notes import Held
from servicekit.request_lines import JsonLines, tell_like_others
from sessionhttp.cookies import CookiePolicy
from sessionhttp.measured import AsyncMeasuredStore
from sessionhttp.metrics import SessionMetrics, StoreMetrics
from sessionhttp.readiness import Readiness
from sessionhttp.startup import check_store_or_exit

log = structlog.get_logger()

SCRIPTS = ("load", "commit", "create", "rotate", "peek", "count", "recognise", "ping")
"""What the gateway asks of the store; its user needs the rights for these alone."""


async def healthz(_: Request) -> Answer:
    """GET /healthz: this process answers."""
    return Answer(b'{"status":"ok"}')


async def readyz(request: Request) -> Answer:
    """GET /readyz: the store answers too, is ours and fit."""
    context = context_of(request)
    checks: dict[str, health.AsyncCheck] = {"redis": context.store.recognise}
    if context.readiness:
        checks["redis_commands"] = partial(asyncio.to_thread, context.readiness.commands)
        checks["redis_eviction"] = partial(asyncio.to_thread, context.readiness.eviction)
    status, body = await health.ready_async(checks)
    answer = Answer(body, status)
    answer.add(b"cache-control", "no-store")
    return answer


OPERATIONS = [Endpoint("GET", "/healthz", healthz), Endpoint("GET", "/readyz", readyz)]


def own_endpoints(cookie: str) -> list[Endpoint]:
    """List what the gateway answers itself. `cookie`: the session cookie's name."""
    return [
        *sessions.ENDPOINTS,
        *writes.ENDPOINTS,
        *identity.ENDPOINTS,
        *OPERATIONS,
        *problem_pages.ENDPOINTS,
        *reference_endpoints(cookie),
    ]


def reserved_paths(own: Iterable[Endpoint]) -> set[str]:
    """List what no route can have, nor anything below it: our own paths, and auth's."""
    return {*AUTH_PREFIXES, *(re.split(r"/[{*]", one.path)[0] for one in own)}


class Dispatch:
    """Picks who answers: the session API, operations, auth, a route. Our own paths always win."""

    def __init__(self, own: Sequence[Endpoint]) -> None:
        self._router = Router(own)

    def __call__(self, request: Request) -> Awaitable[ASGIApp]:
        """Return what will be the answer to a request. Raises Problem method-not-allowed."""
        scope, path = request.scope, request.scope["target"]
        found = self._router.find(scope["method"], path)
        if found:
            endpoint, scope["path_params"] = found
            scope["route_template"] = endpoint.path
            return endpoint.handler(request)
        handler = to_auth if for_auth(path) else along_route
        scope["route_template"] = handler.__name__
        return handler(request)


class Doors:
    """The public side, the internal address (metrics, health, nothing of the public), the life."""

    def __init__(self, public: ASGIApp, internal_bind: Bind, life: ASGIApp, held: Held) -> None:
        self._public, self._life, self._held = public, life, held
        self._internal = internal_bind
        # As in an ASGI scope, where a Unix socket has none. It tells nearly always, at once.
        self._internal_port = None if internal_bind.is_unix else internal_bind.port

    def __call__(self, scope: Scope, receive: Receive, send: Send) -> Awaitable[None]:
        """Tell by the address that accepted the connection, never by what the client says."""
        if scope["type"] == "lifespan":
            return self._life(scope, receive, send)
        server = scope.get("server")
        inside = server and server[1] == self._internal_port and self._accepts(server)
        return (self._inside if inside else self._public)(scope, receive, send)

    def _accepts(self, server: tuple[str, int | None]) -> bool:
        return self._internal.accepts(server[0] if server[1] is None else server)

    async def _inside(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["path"] == "/metrics":
            self._held.write()
            body, kind = metrics.render()
            await Response(body, media_type=kind)(scope, receive, send)
        elif scope["path"] == "/healthz":
            await (await healthz(Request(scope, receive)))(scope, receive, send)
        else:
            await Response(status_code=404)(scope, receive, send)


def create_app(config: GatewaySettings) -> ASGIApp:
    """Make the gateway of its settings. Raises RouteFileError, KeyFileError."""
    own = own_endpoints(CookiePolicy(config.cookie_secure).name)
    routes, signer = load_routes(config.routes, reserved_paths(own)), _signer(config)
    lines, held, made = JsonLines("gateway", config.instance), Held(), list[Context]()

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        seen = StoreMetrics(notes=held)
        store = AsyncMeasuredStore(config, seen, Dependency("redis").changed)
        with suppress(StoreError):
            await store.ping()  # connected before somebody waits for it
        async with Client() as http:
            cookies, proxies = CookiePolicy(config.cookie_secure), config.proxies
            upstreams = Upstreams(count=failures.observe)
            parts = (config, store, http, routes, cookies, proxies, upstreams, Gate(), signer)
            made.append(Context(*parts, Readiness(config, SCRIPTS)))
            yield
        await store.close()
        held.write()
        lines.flush()

    dispatch, failures = Dispatch(own), UpstreamMetrics()
    requests, refusals = metrics.RequestMetrics(notes=held), SessionMetrics()
    tell = lines.tell if config.log_format == "json" else tell_like_others
    edge = Edge(dispatch, lambda: made[0], requests, refusals, AnswerFields(config), tell)
    return Doors(edge, config.internal_bind, Starlette(lifespan=lifespan), held)


def _signer(config: GatewaySettings) -> Signer | None:
    path = config.assertion_key_file
    return Signer(path, config.assertion_other_key_files) if path else None


def check(environ: Mapping[str, str] = os.environ) -> None:
    """End the process with a line for each fault of the configuration, before any worker starts."""
    config = settings.read_or_exit(GatewaySettings, environ)
    try:
        own = own_endpoints(CookiePolicy(config.cookie_secure).name)
        load_routes(config.routes, reserved_paths(own))
        _signer(config)
    except (RouteFileError, KeyFileError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - told before logs exist
        raise SystemExit(2) from None
    check_store_or_exit(config, SCRIPTS)


def main(environ: Mapping[str, str] = os.environ) -> ASGIApp:
    """Make the gateway of the environment: what gunicorn calls."""
    config = settings.read(GatewaySettings, environ)
    logs.configure("gateway", config.instance, config.log_format)
    if not config.cookie_secure:
        log.warning("cookie_not_secure", setting="HOLDFAST_COOKIE_SECURE")
    return create_app(config)
