"""The composition root: the only place that makes the parts and puts them together."""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field

import msgspec
import structlog
from flask import Flask, Response, g, request
from prometheus_client import REGISTRY, CollectorRegistry
from werkzeug.exceptions import HTTPException

from auth import account_pages, admin, api, pages
from auth.accounts import Accounts
from auth.admin_openapi import admin_document
from auth.database import engine_for
from auth.errors import AuthError
from auth.http import judge_body_type, who
from auth.metrics import LoginMetrics
from auth.passwords import Passwords
from auth.paths import route_encoded_paths
from auth.problems import of_any
from auth.service import Identity
from auth.settings import AuthSettings
from auth.throttle import Throttle
from holdfast import HoldfastError
from servicekit import health, logs, metrics, request_id, settings, trace
from servicekit.dependency import Dependency
from servicekit.problems import Problem
from sessionhttp.events import tell
from sessionhttp.measured import MeasuredStore
from sessionhttp.metrics import SessionMetrics, StoreMetrics
from sessionhttp.readiness import Readiness
from sessionhttp.startup import check_store_or_exit

log = structlog.get_logger()

MOST_BODY_BYTES = 64 * 1024
_HTTP_PROBLEMS = {404: "no-route", 405: "method-not-allowed", 413: "body-too-large"}
_INTERNAL_PATHS = ("/admin", "/metrics", "/openapi.json")


@dataclass(frozen=True)
class Counts:
    """What the service counts."""

    requests: metrics.RequestMetrics = field(default_factory=metrics.RequestMetrics)
    sessions: SessionMetrics = field(default_factory=SessionMetrics)


def create_app(config: AuthSettings, identity: Identity, counts: Counts) -> Flask:
    """Put the application together; builds no part itself."""
    app = Flask("auth", static_url_path="/account/static")
    app.config["MAX_CONTENT_LENGTH"] = MOST_BODY_BYTES
    app.config["MAX_FORM_MEMORY_SIZE"] = MOST_BODY_BYTES
    # OPTIONS is a method like others: 405 where nobody serves it, as at the gateway.
    app.config["PROVIDE_AUTOMATIC_OPTIONS"] = False
    app.extensions["identity"] = identity
    route_encoded_paths(app)
    for part in (api.blueprint, pages.blueprint, account_pages.blueprint, admin.blueprint):
        app.register_blueprint(part)
    _operations(app, identity)
    _errors(app, counts)
    _around(app, config, counts)
    return app


def _operations(app: Flask, identity: Identity) -> None:
    document = msgspec.json.encode(admin_document())
    readiness = Readiness(identity.settings)

    @app.get("/healthz")
    def healthz() -> Response:
        return Response(b'{"status":"ok"}', content_type="application/json")

    @app.get("/readyz")
    def readyz() -> Response:
        checks = {
            "redis": identity.store.recognise,
            "redis_commands": readiness.commands,
            "redis_eviction": readiness.eviction,
            "accounts": identity.accounts.ping,
        }
        status, body = health.ready(checks)
        return Response(body, status, {"cache-control": "no-store"}, "application/json")

    @app.get("/openapi.json")
    def show_document() -> Response:
        return Response(document, content_type="application/json")

    @app.get("/metrics")
    def show_metrics() -> Response:
        body, kind = metrics.render()
        return Response(body, content_type=kind)


def _errors(app: Flask, counts: Counts) -> None:
    @app.errorhandler(Exception)
    def answer_problem(error: Exception) -> Response:
        problem = g.problem = _problem_of(error)
        counts.sessions.observe(problem)
        counts.requests.refused(problem)
        tell(problem, **who())
        accept = request.headers.get("accept", "")
        body, fields = problem.answer(request.method, accept, request_id.current.get())
        return Response(body, problem.status, fields)


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem() | AuthError() | HoldfastError():
            return of_any(error)
        case HTTPException():
            name = _HTTP_PROBLEMS.get(error.code or 0, "bad-request")
            fields = dict(error.get_headers())
            allow = {"allow": fields["Allow"]} if "Allow" in fields else {}
            return Problem(name, headers=allow)
        case _:
            log.error("unexpected", exc_info=error)
            return Problem("internal")


def _around(app: Flask, config: AuthSettings, counts: Counts) -> None:
    @app.before_request
    def begin() -> None:
        g.start = time.perf_counter()
        request_id.accept(request.headers.get(request_id.HEADER))
        trace.accept(request.headers.get(trace.HEADER))
        if request.path.startswith(_INTERNAL_PATHS) and not _came_inside(config):
            raise Problem("no-route")
        if request.url_rule is not None:
            judge_body_type()

    @app.after_request
    def finish(answer: Response) -> Response:
        answer.headers[request_id.HEADER] = request_id.current.get()
        answer.headers.setdefault("vary", "Cookie")
        answer.headers.setdefault("x-content-type-options", "nosniff")
        answer.headers.setdefault("referrer-policy", "same-origin")
        route = str(request.url_rule) if request.url_rule else "other"
        seconds = time.perf_counter() - g.get("start", time.perf_counter())
        counts.requests.observe(request.method, route, answer.status_code, seconds)
        log.info(
            "request",
            method=request.method,
            path=request.path,
            route=route,
            status=answer.status_code,
            ms=round(seconds * 1000, 1),
            **who(),
            **(g.problem.told() if "problem" in g else {}),
        )
        return answer


def _came_inside(config: AuthSettings) -> bool:
    """Tell by the socket that accepted the connection, never by what the client says."""
    socket = request.environ.get("gunicorn.socket")
    return socket is not None and config.internal_bind.accepts(socket.getsockname())


def build(config: AuthSettings, registry: CollectorRegistry = REGISTRY) -> Identity:
    """Make the real parts, counting into `registry`."""
    store = MeasuredStore(config, StoreMetrics(registry), Dependency("redis", registry).changed)
    throttle = Throttle(store, config.login_attempts, config.login_window_seconds)
    accounts = Accounts(engine_for(config.database_url))
    return Identity(config, store, accounts, Passwords(), throttle, LoginMetrics(registry))


def check(environ: Mapping[str, str] = os.environ) -> None:
    """End the process with a line for each fault of the configuration, before any worker starts."""
    check_store_or_exit(settings.read_or_exit(AuthSettings, environ))


def main(environ: Mapping[str, str] = os.environ) -> Flask:
    """Make the application of the environment: what gunicorn calls."""
    config = settings.read(AuthSettings, environ)
    logs.configure("auth", config.instance, config.log_format)
    return create_app(config, build(config), Counts())
