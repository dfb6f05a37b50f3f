"""The composition root: the only place that makes the parts and puts them together."""

import os
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager

import structlog
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway import identity, problem_pages, sessions
from gateway.answer_fields import AnswerFields
from gateway.assertion import KeyFileError, Signer
from gateway.context import Context, context_of
from gateway.edge import Edge
from gateway.forward import new_client
from gateway.proxy import along_route, for_auth, to_auth
from gateway.reference import reference_endpoints
from gateway.router import Endpoint, Router
from gateway.routes import RouteFileError, load_routes
from gateway.settings import GatewaySettings
from gateway.upstreams import Upstreams
from servicekit import health, logs, metrics, settings
from servicekit.dependency import Dependency
from sessionhttp.cookies import CookiePolicy
from sessionhttp.measured import AsyncMeasuredStore
from sessionhttp.metrics import SessionMetrics, StoreMetrics
from sessionhttp.startup import check_store_or_exit

log = structlog.get_logger()


async def healthz(_: Request) -> Response:
    """GET /healthz: this process answers."""
    return Response(b'{"status":"ok"}', media_type="application/json")


async def readyz(request: Request) -> Response:
    """GET /readyz: the store answers too, and is ours."""
    status, body = await health.ready_async({"redis": context_of(request).store.recognise})
    return Response(body, status, {"cache-control": "no-store"}, "application/json")


OPERATIONS = [Endpoint("GET", "/healthz", healthz), Endpoint("GET", "/readyz", readyz)]


def own_endpoints(cookie: str) -> list[Endpoint]:
    """List what the gateway answers itself. `cookie`: the session cookie's name."""
    return [
        *sessions.ENDPOINTS,
        *identity.ENDPOINTS,
        *OPERATIONS,
        *problem_pages.ENDPOINTS,
        *reference_endpoints(cookie),
    ]


class Dispatch:
    """Picks who answers: the session API, operations, auth, a route. Our own paths always win."""

    def __init__(self, own: Sequence[Endpoint]) -> None:
        self._router = Router(own)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        request, path = Request(scope, receive), scope["target"]
        found = self._router.find(scope["method"], path)
        if found:
            endpoint, scope["path_params"] = found
            scope["route_template"] = endpoint.path
            answer: ASGIApp = await endpoint.handler(request)
        else:
            handler = to_auth if for_auth(path) else along_route
            scope["route_template"] = handler.__name__
            answer = await handler(request)
        await answer(scope, receive, send)


class Internal:
    """Answers the internal address: metrics and health, and nothing of the public side."""

    def __init__(self, public: ASGIApp, internal_bind: str) -> None:
        self._public, self._bind = public, internal_bind

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Tell by the address that accepted the connection, never by what the client says."""
        server = scope.get("server")
        if scope["type"] == "lifespan" or not server or self._port != server[1]:
            await self._public(scope, receive, send)
            return
        if scope["type"] == "websocket":
            await send({"type": "websocket.close"})
        elif scope["path"] == "/metrics":
            body, kind = metrics.render()
            await Response(body, media_type=kind)(scope, receive, send)
        elif scope["path"] == "/healthz":
            await (await healthz(Request(scope)))(scope, receive, send)
        else:
            await Response(status_code=404)(scope, receive, send)

    @property
    def _port(self) -> int:
        return int(self._bind.rpartition(":")[2])


def create_app(config: GatewaySettings) -> ASGIApp:
    """Make the gateway of its settings. Raises RouteFileError, KeyFileError."""
    routes, signer = load_routes(config.routes), _signer(config)
    made: list[Context] = []

    @asynccontextmanager
    async def lifespan(_: Starlette) -> AsyncIterator[None]:
        store = AsyncMeasuredStore(config, StoreMetrics(), Dependency("redis").changed)
        async with new_client() as http:
            cookies = CookiePolicy(config.cookie_secure)
            networks = config.trusted_networks
            made.append(
                Context(config, store, http, routes, cookies, networks, Upstreams(), signer)
            )
            yield
        await store.close()

    inner = Starlette(lifespan=lifespan)
    dispatch = Dispatch(own_endpoints(CookiePolicy(config.cookie_secure).name))

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await (inner if scope["type"] == "lifespan" else dispatch)(scope, receive, send)

    requests, refusals = metrics.RequestMetrics(), SessionMetrics()
    edge = Edge(app, lambda: made[0], requests, refusals, AnswerFields(config))
    return Internal(edge, config.internal_bind)


def _signer(config: GatewaySettings) -> Signer | None:
    path = config.assertion_key_file
    return Signer(path, config.assertion_other_key_files) if path else None


def check(environ: Mapping[str, str] = os.environ) -> None:
    """End the process with a line for each fault of the configuration, before any worker starts."""
    config = settings.read_or_exit(GatewaySettings, environ)
    try:
        load_routes(config.routes)
        _signer(config)
    except (RouteFileError, KeyFileError) as error:
        print(error, file=sys.stderr)  # noqa: T201 - told before logs exist
        raise SystemExit(2) from None
    check_store_or_exit(config)


def main(environ: Mapping[str, str] = os.environ) -> ASGIApp:
    """Make the gateway of the environment: what gunicorn calls."""
    config = settings.read(GatewaySettings, environ)
    logs.configure("gateway", config.instance, config.log_format)
    if not config.cookie_secure:
        log.warning("cookie_not_secure", setting="HOLDFAST_COOKIE_SECURE")
    return create_app(config)
