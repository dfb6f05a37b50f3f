"""The outermost layer: judges each request, turns errors into problems, tells of it all."""

import time
from collections.abc import Callable, Collection
from typing import Any

import structlog
from starlette.datastructures import Headers
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answer_fields import AnswerFields
from gateway.context import Context
from gateway.crosssite import refuse_cross_site
from gateway.target import judge_framing, judge_host, judge_path
from holdfast import HoldfastError
from servicekit import request_id, trace
from servicekit.metrics import RequestMetrics
from servicekit.problems import MEDIA_TYPE, Problem, prefers_html
from sessionhttp.events import tell
from sessionhttp.metrics import SessionMetrics
from sessionhttp.problems import of_error

log = structlog.get_logger()

_SESSION_PATHS = ("/session", "/auth/verify")


class Edge:
    """ASGI middleware around the whole gateway. `context` gives the parts once they are there."""

    def __init__(
        self,
        app: ASGIApp,
        context: Callable[[], Context],
        requests: RequestMetrics,
        sessions: SessionMetrics,
        fields: AnswerFields,
    ) -> None:
        self._app, self._context, self._fields = app, context, fields
        self._requests, self._sessions = requests, sessions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, send, self._context(), self._fields)
        try:
            await self._serve(scope, receive, watch)
        except ClientDisconnect:
            watch.status = 499
        except Exception as error:
            if watch.status:
                raise
            watch.problem = _problem_of(error)
            self._sessions.observe(watch.problem)
            self._requests.refused(watch.problem)
            tell(watch.problem, **watch.who())
            await _problem_response(Request(scope), watch.problem)(scope, receive, watch.send)
        finally:
            seconds = time.perf_counter() - watch.start
            self._requests.observe(scope["method"], watch.route, watch.status, seconds)
            watch.tell(seconds)

    async def _serve(self, scope: Scope, receive: Receive, watch: "_Watch") -> None:
        context = self._context()
        host = judge_host(scope["headers"], context.settings.hosts)
        judge_framing(scope["headers"])
        scope["target"] = judge_path(scope["raw_path"])
        scope["holdfast"] = context
        request = Request(scope)
        own = f"{scope['scheme']}://{host}"
        allowed = context.settings.allowed_origins
        refuse_cross_site(scope["method"], request.headers, own, allowed)
        await self._app(scope, receive, watch.send)


class _Watch:
    """Sees an answer go by: adds what every answer carries, notes what the log line tells."""

    def __init__(self, scope: Scope, send: Send, context: Context, more: AnswerFields) -> None:
        self._scope, self._send, self._context, self._more = scope, send, context, more
        self.start, self.status = time.perf_counter(), 0
        self.problem: Problem | None = None
        headers = Headers(scope=scope)
        self.id = request_id.accept(headers.get(request_id.HEADER))
        trace.accept(headers.get(trace.HEADER), ",".join(headers.getlist(trace.STATE_HEADER)))

    @property
    def route(self) -> str:
        """The route's template: few values, whatever paths come."""
        route = self._scope.get("route_template", "other")
        return str(route)

    async def send(self, message: Message) -> None:
        """Send on, with our fields on the first message."""
        if message["type"] == "http.response.start":
            self.status = message["status"]
            message["headers"] = [
                *message["headers"],
                *self._fields(dict(message["headers"]).keys()),
            ]
        await self._send(message)

    def _fields(self, present: Collection[bytes]) -> list[tuple[bytes, bytes]]:
        about_session = str(self._scope.get("target", "")).startswith(_SESSION_PATHS)
        proxied = self._scope.get("proxied", False)
        more = self._more.to_add(present, proxied=proxied, about_session=about_session)
        return [(request_id.HEADER.encode(), self.id.encode()), *more]

    def who(self) -> dict[str, str | None]:
        """Tell whose request it is. A session is told by its public id."""
        session: Any = self._scope.get("session")
        return {
            "ip": self._context.client_ip(Request(self._scope)),
            "user": session.user.name if session and session.user else None,
            "session": session.id if session else None,
        }

    def tell(self, seconds: float) -> None:
        """Write the request's one log line."""
        log.info(
            "request",
            method=self._scope["method"],
            path=self._scope.get("target", "-"),
            route=self.route,
            status=self.status,
            ms=round(seconds * 1000, 1),
            **self.who(),
            **(self.problem.told() if self.problem else {}),
        )


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HoldfastError():
            return of_error(error)
        case _:
            log.error("unexpected", exc_info=error)
            return Problem("internal")


def _problem_response(request: Request, problem: Problem) -> Response:
    made = request_id.current.get()
    if request.method == "HEAD":
        return Response(status_code=problem.status, headers=problem.headers())
    if prefers_html(request.headers.get("accept", "")):
        return Response(problem.page(made), problem.status, problem.headers(), "text/html")
    return Response(problem.body(made), problem.status, problem.headers(), MEDIA_TYPE)
