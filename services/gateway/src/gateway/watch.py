"""Sees one request through: adds what every answer carries, notes what is told of it."""

import asyncio
import time
from collections.abc import Collection
from typing import TYPE_CHECKING, Any

import structlog
from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import Message, Receive, Scope, Send

from gateway.answer_fields import AnswerFields
from gateway.context import Context
from servicekit import request_id, trace

if TYPE_CHECKING:
    from servicekit.problems import Problem

log = structlog.get_logger()

_SESSION_PATHS = ("/session", "/auth/verify")
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
