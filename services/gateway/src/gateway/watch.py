"""Sees one request through: adds what every answer carries, notes what is told of it."""

import asyncio
import time
from typing import TYPE_CHECKING, Any

from msgspec import UNSET
from starlette.types import Message, Receive, Scope, Send

from gateway.answer_fields import AnswerFields
from gateway.context import Context
from gateway.request import Request
from servicekit import request_id, trace
from servicekit.request_lines import RequestLine

if TYPE_CHECKING:
    from servicekit.problems import Problem

_SESSION_PATHS = ("/session", "/auth/verify")
_ID_FIELD = request_id.HEADER.encode()
# How much of a body that nobody wants is read, so that the answer is not lost in a reset.
LINGER_SECONDS, LINGER_BYTES = 1.0, 4 * 1024 * 1024


class Watch:
    """Sees an answer go by: adds what every answer carries, notes what the log line tells."""

    def __init__(
        self, scope: Scope, receive: Receive, send: Send, context: Context, more: AnswerFields
    ) -> None:
        self._scope, self._receive, self._send = scope, receive, send
        self._context, self._more, self._unread = context, more, True
        self.start, self.status = time.perf_counter(), 0
        self.problem: Problem | None = None
        self.request = Request(scope, self.receive)
        fields = self.request.headers
        self.id = request_id.accept(fields.get(request_id.HEADER))
        state = ",".join(fields.getlist(trace.STATE_HEADER))
        self.trace = trace.accept(fields.get(trace.HEADER), state)

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
        fields = self.request.headers
        if fields.get("content-length", "0") == "0" and "transfer-encoding" not in fields:
            return
        if not self._unread:
            return
        try:
            async with asyncio.timeout(LINGER_SECONDS):
                while self._unread and seen < LINGER_BYTES:
                    seen += len((await self.receive()).get("body", b""))
        except TimeoutError:
            return

    async def send(self, message: Message) -> None:
        """Send on, with our fields on the first message."""
        kind, status = message["type"], 0
        if kind == "http.response.start":
            status = message["status"]
        elif kind == "websocket.accept":
            status = 101
        if status:
            headers = message.get("headers", [])
            message["headers"] = [*headers, *self._fields(headers)]
        await self._send(message)
        self.status = status or self.status

    def _fields(self, present: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
        proxied = self._scope.get("proxied", False)
        path = str(self._scope.get("target", ""))
        about_session = not proxied and path.startswith(_SESSION_PATHS)
        more = self._more.to_add(present, proxied=proxied, about_session=about_session)
        return [(_ID_FIELD, self.id.encode()), *more]

    def who(self) -> tuple[str, str | None, str | None]:
        """Tell whose request it is: address, user, and the public id of the session."""
        session: Any = self._scope.get("session")
        address = self._context.client_ip(self.request)
        if session is None:
            return address, None, None
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
        )
        if self.problem:
            told = self.problem.told()
            line.problem, line.reason = told["problem"], told.get("reason", UNSET)
        return line
