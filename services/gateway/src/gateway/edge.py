"""The outermost layer: judges each request, turns errors into problems, tells of it all."""

import asyncio
import time
from collections.abc import Awaitable, Callable

import structlog
from starlette.requests import ClientDisconnect
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answer import Answer
from gateway.answer_fields import AnswerFields
from gateway.context import Context
from gateway.gate import judge_body, leads_through
from gateway.request import Request, no_body
from gateway.sign_in import leads_to_sign_in, to_sign_in
from gateway.target import (
    judge_coding,
    judge_host,
    judge_method,
    judge_path,
    judge_query,
)
from gateway.watch import Watch
from holdfast import HoldfastError
from servicekit import request_id
from servicekit.metrics import RequestMetrics
from servicekit.problems import Problem
from servicekit.request_lines import Tell
from sessionhttp.events import tell
from sessionhttp.metrics import SessionMetrics
from sessionhttp.problems import of_error

log = structlog.get_logger()

GONE = 499


class Edge:
    """The gateway's public side. `context` gives the parts once they are there."""

    def __init__(
        self,
        handler: Callable[[Request], Awaitable[ASGIApp]],
        context: Callable[[], Context],
        requests: RequestMetrics,
        sessions: SessionMetrics,
        fields: AnswerFields,
        tell_request: Tell,
    ) -> None:
        self._handler, self._context, self._fields = handler, context, fields
        self._requests, self._sessions, self._tell_request = requests, sessions, tell_request

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "websocket":
            scope, receive, send = _handshake(scope, receive, send)
        watch = Watch(scope, receive, send, self._context(), self._fields)
        try:
            await self._answer(scope, watch)
            await watch.linger()
        except ClientDisconnect:
            if not watch.status:
                # Nobody is there to read it, unless the body just took too long.
                late = Response(status_code=408, headers={"connection": "close"})
                await late(scope, receive, send)
            watch.status = GONE
        except asyncio.CancelledError:
            watch.status = watch.status or GONE
            raise
        finally:
            seconds = time.perf_counter() - watch.start
            self._requests.observe(scope["method"], watch.route, watch.status, seconds)
            self._tell_request(watch.line(seconds))

    async def _answer(self, scope: Scope, watch: Watch) -> None:
        request = watch.request
        try:
            self._judge(scope, request)
            if leads_through(scope["method"], scope["target"]):
                # What is refused anyway takes no turn, or a flood of it would keep people waiting.
                judge_body(request)
                await self._context().gate.turn()
            answer = await self._handler(request)
            await answer(scope, watch.incoming.receive, watch.send)
        except ClientDisconnect:
            raise
        except Exception as error:  # noqa: BLE001 - every failure becomes an answer here
            watch.problem = _problem_of(error)
            if watch.status:
                # Too late to tell: the connection is closed in the middle of the answer.
                return
            self._sessions.observe(watch.problem)
            self._requests.refused(watch.problem)
            ip, user, session = watch.who()
            tell(watch.problem, ip=ip, user=user, session=session)
            await _problem_response(request, watch.problem)(
                scope, watch.incoming.receive, watch.send
            )

    def _judge(self, scope: Scope, request: Request) -> None:
        """Refuse what nobody behind should see; note what is known of the rest beside it."""
        context, fields, method = self._context(), request.headers, scope["method"]
        settings = context.settings
        scope["host"] = judge_host(fields.raw, settings.hosts)
        scope["target"] = judge_path(scope["raw_path"])
        scope["holdfast"] = context
        if "transfer-encoding" in fields:
            judge_coding(fields.raw)
        judge_method(method)
        if scope["query_string"]:
            judge_query(scope["query_string"].decode("latin-1"))
        # No page of another site may open a socket either, though its handshake is a GET.
        kind = "websocket" if "websocket" in scope else method
        context.judge_site(request, kind)


def _handshake(scope: Scope, receive: Receive, send: Send) -> tuple[Scope, Receive, Send]:
    """Make of a WebSocket's handshake the GET that it is (RFC 6455, 4.1).

    So it is judged, admitted and refused like any other; who takes it finds the messages of the
    socket in `scope["websocket"]`.
    """
    http = {"ws": "http", "wss": "https"}[scope["scheme"]]
    as_get = {**scope, "type": "http", "method": "GET", "scheme": http, "websocket": receive}

    async def sender(message: Message) -> None:
        kind = message["type"]
        renamed = f"websocket.{kind}" if kind.startswith("http.") else kind
        await send({**message, "type": renamed})

    return as_get, no_body, sender


def _problem_of(error: Exception) -> Problem:
    match error:
        case Problem():
            return error
        case HoldfastError():
            return of_error(error)
        case _:
            log.error("unexpected", exc_info=error)
            return Problem("internal")


def _problem_response(request: Request, problem: Problem) -> ASGIApp:
    if leads_to_sign_in(request, problem):
        return to_sign_in(request)
    accept = request.headers.get("accept", "")
    body, told = problem.answer(request.method, accept, request_id.current.get())
    fields = [(name.encode(), value.encode("latin-1")) for name, value in told.items()]
    return Answer(body, problem.status, fields)
