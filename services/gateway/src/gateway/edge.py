"""The outermost layer: judges each request, turns errors into problems, tells of it all."""

import asyncio
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
from gateway.sign_in import leads_to_sign_in, to_sign_in
from gateway.target import (
    judge_coding,
    judge_host,
    judge_method,
    judge_path,
    judge_query,
)
from holdfast import HoldfastError
from servicekit import request_id, trace
from servicekit.metrics import RequestMetrics
from servicekit.problems import Problem
from sessionhttp.events import tell
from sessionhttp.metrics import SessionMetrics
from sessionhttp.problems import of_error

log = structlog.get_logger()

_SESSION_PATHS = ("/session", "/auth/verify")
GONE = 499
# How much of a body that nobody wants is read, so that the answer is not lost in a reset.
LINGER_SECONDS, LINGER_BYTES = 1.0, 4 * 1024 * 1024


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
        if scope["type"] == "websocket":
            scope, receive, send = _handshake(scope, receive, send)
        elif scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        watch = _Watch(scope, receive, send, self._context(), self._fields)
        try:
            await self._answer(scope, watch)
            await watch.linger()
        except ClientDisconnect:
            watch.status = GONE
            # Nobody is there to read it, unless the body just took too long.
            await Response(status_code=408, headers={"connection": "close"})(scope, receive, send)
        except asyncio.CancelledError:
            watch.status = watch.status or GONE
            raise
        finally:
            seconds = time.perf_counter() - watch.start
            self._requests.observe(scope["method"], watch.route, watch.status, seconds)
            watch.tell(seconds)

    async def _answer(self, scope: Scope, watch: "_Watch") -> None:
        try:
            await self._serve(scope, watch)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes an answer here
            watch.problem = _problem_of(error)
            if watch.status:
                # Too late to tell: the connection is closed in the middle of the answer.
                return
            self._sessions.observe(watch.problem)
            self._requests.refused(watch.problem)
            tell(watch.problem, **watch.who())
            answer = _problem_response(Request(scope), watch.problem)
            await answer(scope, watch.receive, watch.send)

    async def _serve(self, scope: Scope, watch: "_Watch") -> None:
        context = self._context()
        host = judge_host(scope["headers"], context.settings.hosts)
        scope["target"] = judge_path(scope["raw_path"])
        scope["holdfast"] = context
        judge_coding(scope["headers"])
        judge_method(scope["method"])
        judge_query(scope["query_string"].decode("latin-1"))
        request = Request(scope)
        scope["scheme"] = context.scheme(request)
        own = scope["own_origin"] = f"{scope['scheme']}://{host}"
        allowed = context.settings.allowed_origins
        # No page of another site may open a socket either, though its handshake is a GET.
        method = "websocket" if "websocket" in scope else scope["method"]
        refuse_cross_site(method, request.headers, own, allowed)
        await self._app(scope, watch.receive, watch.send)


def _handshake(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """Make of a WebSocket's handshake the GET that it is (RFC 6455, 4.1).

    So it is judged, admitted and refused like any other; who takes it finds the messages of the
    socket in `scope["websocket"]`.
    """
    http = {"ws": "http", "wss": "https"}[scope["scheme"]]
    as_get = {**scope, "type": "http", "method": "GET", "scheme": http, "websocket": receive}

    async def no_body() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def sender(message: Message) -> None:
        kind = message["type"]
        renamed = f"websocket.{kind}" if kind.startswith("http.") else kind
        await send({**message, "type": renamed})

    return as_get, no_body, sender


class _Watch:
    """Sees an answer go by: adds what every answer carries, notes what the log line tells."""

    def __init__(
        self,
        scope: Scope,
        receive: Receive,
        send: Send,
        context: Context,
        more: AnswerFields,
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._context, self._more, self._unread = context, more, True
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

    async def receive(self) -> Message:
        """Receive on, noting whether the body came to its end."""
        message = await self._receive()
        self._unread = message["type"] == "http.request" and bool(message.get("more_body"))
        return message

    async def linger(self) -> None:
        """Read what is left of a body, within bounds."""
        seen = 0
        fields = Headers(scope=self._scope)
        if fields.get("content-length", "0") == "0" and "transfer-encoding" not in fields:
            return
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while self._unread and seen < LINGER_BYTES:
                    seen += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return

    async def send(self, message: Message) -> None:
        """Send on, with our fields on the first message."""
        status = {"http.response.start": message.get("status"), "websocket.accept": 101}.get(
            message["type"]
        )
        if status is None:
            await self._send(message)
            return
        headers = message.get("headers", [])
        message["headers"] = [*headers, *self._fields(dict(headers).keys())]
        await self._send(message)
        self.status = status

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
    if leads_to_sign_in(request, problem):
        return to_sign_in(request)
    accept = request.headers.get("accept", "")
    body, fields = problem.answer(request.method, accept, request_id.current.get())
    return Response(b"" if request.method == "HEAD" else body, problem.status, fields)
