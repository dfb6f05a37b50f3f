"""Sees one request through: adds what every answer carries, notes what is told of it."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from starlette.types import Message, Receive, Scope, Send

from gateway.answer_fields import AnswerFields
from gateway.context import Context
from gateway.exchange import WHOLE
from gateway.request import Request, no_body
from servicekit import request_id, trace
from servicekit.request_lines import RequestLine

if TYPE_CHECKING:
    from servicekit.problems import Problem

_SESSION_PATHS = ("/session", "/auth/verify")
_ID_FIELD = request_id.HEADER.encode()
# How much of a body that nobody wants is read, so that the answer is not lost in a reset.
LINGER_SECONDS, LINGER_BYTES = 1.0, 4 * 1024 * 1024


class Incoming:
    """What the client sends, on its way to who reads it. `unread`: its end was not seen yet."""

    __slots__ = ("_receive", "unread")

    def __init__(self, receive: Receive) -> None:
        self._receive, self.unread = receive, True

    async def receive(self) -> Message:
        """Receive on."""
        if self._receive is no_body and not self.unread:
            # Behind the end comes only the client's leaving, which ends the task that waits here.
            await asyncio.get_running_loop().create_future()
        message = await self._receive()
        self.unread = message["type"] == "http.request" and bool(message.get("more_body"))
        return message


class Watch:
    """Sees an answer go by: adds what every answer carries, notes what the log line tells.

    Nothing it makes leads back to it: what goes in circles waits for the garbage collector, which
    took a tenth of a gateway's time.
    """

    __slots__ = (
        "_context",
        "_more",
        "_scope",
        "_send",
        "id",
        "incoming",
        "problem",
        "request",
        "start",
        "status",
        "trace",
    )

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, context: Context, more: AnswerFields
    ) -> None:
        self._scope, self._send, self._context, self._more = scope, send, context, more
        self.start, self.status = time.perf_counter(), 0
        self.problem: Problem | None = None
        self.incoming = Incoming(receive)
        self.request = Request(scope, self.incoming.receive)
        fields = self.request.headers
        self.id = request_id.accept(fields.get(request_id.HEADER))
        parent = fields.get(trace.HEADER)
        state = ",".join(fields.getlist(trace.STATE_HEADER)) if parent else ""
        self.trace = trace.accept(parent, state)

    @property
    def route(self) -> str:
        """The route's template: few values, whatever paths come."""
        return str(self._scope.get("route_template", "other"))

    async def linger(self) -> None:
        """Read what is left of a body, within bounds."""
        seen, incoming = 0, self.incoming
        if not incoming.unread or not self.request.has_body:
            return
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while incoming.unread and seen < LINGER_BYTES:
                    seen += len((await incoming.receive()).get("body", b""))
        except TimeoutError:
            return

    async def send(self, message: Message) -> None:
        """Send on, with our fields on the first message."""
        kind, status = message["type"], 0
        if kind == "http.response.start":
            status = message["status"]
        elif kind == "websocket.accept":
            status = 101
        body = self._add_to(message) if status else None
        await self._send(message)
        if body is not None:
            await self._send({"type": "http.response.body", "body": body})
        self.status = status or self.status

    def _add_to(self, message: Message) -> bytes | None:
        """Add our fields; return the body if it has to be sent by itself."""
        present, scope = message.get("headers", []), self._scope
        proxied = scope.get("proxied", False)
        about_session = not proxied and scope.get("target", "").startswith(_SESSION_PATHS)
        more = self._more.to_add(
            present, scope.get("host"), proxied=proxied, about_session=about_session
        )
        if WHOLE in scope.get("extensions", ()):
            message["lines"] = b"%s: %s\r\n%s" % (_ID_FIELD, self.id.encode(), more.lines)
        else:
            message["headers"] = [*present, (_ID_FIELD, self.id.encode()), *more.fields]
            body: bytes | None = message.pop("body", None)
            return body
        return None

    def who(self) -> tuple[str, str | None, str | None]:
        """Tell whose request it is: address, user, and the public id of the session."""
        session: Any = self._scope.get("session")
        address = self._context.client_ip(self.request)
        if session is None:
            committed: Any = self._scope.get("committed")
            if committed is None:
                return address, None, None
            return address, committed.user_name, committed.session_id or None
        return address, session.user.name if session.user else None, session.id

    def line(self, seconds: float) -> RequestLine:
        """Return what the request's one log line tells."""
        ip, user, session = self.who()
        line = RequestLine(
            request_id=self.id,
            trace_id=self.trace.id,
            method=self._scope["method"],
            path=self._scope.get("target", "-"),
            route=self.route,
            status=self.status,
            ms=round(seconds * 1000, 1),
            ip=ip,
            user=user,
            session=session,
            upstream=self._scope.get("upstream", UNSET),
        )
        if self.problem:
            told = self.problem.told()
            line.problem, line.reason = told["problem"], told.get("reason", UNSET)
            line.cause = told.get("cause", UNSET)
        return line
