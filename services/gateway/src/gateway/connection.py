"""A client's connection: one request after another, each answered in a task of its own."""

import asyncio
from typing import Any

from gunicorn.asgi.parser import CallbackRequest, PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from starlette.types import Message, Scope

from gateway.exchange import WHOLE, Exchange
from gateway.head import Head

# How long a client may take to send a request's fields.
REQUEST_SECONDS = 10.0
GOING_AWAY = 1001
PIECE = 65_536  # bytes that the parser gets at once

# Bytes that are not copied to stand behind others, and that never wait for the turn's end.
_MANY = 65_536

_ASGI = {"version": "3.0", "spec_version": "2.4"}
_EXTENSIONS: dict[str, dict[str, str]] = {WHOLE: {}}
_NOTHING = {"type": "http.request", "body": b"", "more_body": False}


async def _nothing() -> Message:
    """Receive the body of a request without one."""
    return _NOTHING


def _as_gunicorn_has_it(head: Head) -> CallbackRequest:
    """Return a request as gunicorn's WebSockets are begun from it."""
    request = CallbackRequest()
    request.method, request.version = head.method, head.version
    request.raw_path, request.query = head.raw_path, head.query.decode("latin-1")
    request.path = head.raw_path.decode("latin-1")
    request.headers_bytes, request.headers = head.fields.raw, None
    return request


class Connection(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """gunicorn's with its parser and its refusals; what happens for each request is ours.

    It closes when no whole head of a request comes in time, or when too many are connected.
    """

    _head_deadline: asyncio.TimerHandle | None = None
    _idle_since: float | None = None
    _head: Head | None = None
    _waiting = b""  # to be written at the end of this turn
    _body_receiver: Any  # gunicorn's, while a request with a body is under way

    def connection_made(self, transport: Any) -> None:
        """Take a connection, unless there are as many as `worker_connections` allows."""
        super().connection_made(transport)
        self.flow = self._flow_control
        self.worker.connections.add(self)
        if len(self.worker.connections) > self.worker.worker_connections:
            transport.abort()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._head_came()
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def _start_http1(self, buffered: bytes = b"") -> None:
        """Make the parser ready. No task waits for requests: each begins one."""
        assert not buffered  # noqa: S101 - only where HTTP/2 is looked for
        self._sockname = self.transport.get_extra_info("sockname")
        self._peername = self.transport.get_extra_info("peername")
        self._setup_callback_parser()

    def data_received(self, data: bytes) -> None:
        """Take bytes; read no more for a while when many wait for who would take them."""
        if self._websocket is not None:
            self._websocket.feed_data(data)
            return
        under_way = self._task is not None
        if (
            self._feed_callback_parser(data)
            and (under_way or self._body_receiver is not None)
            and self._http1_buffered() > self._max_buffer_size
        ):
            self._pause_reading()

    def _feed_callback_parser(self, data: bytes) -> Any:
        """Take bytes, from the socket or kept from behind an answered request; begin to answer.

        A head that came whole costs no timer. The parser in C moves all it was given for each chunk
        of a body, so it is given little at a time.
        """
        if self._closed:
            return False
        for start in range(0, len(data), PIECE):
            if not super()._feed_callback_parser(data[start : start + PIECE]):
                return False
        if self._head is None:
            if self._head_deadline is None:
                self._expect_head()
        elif self._task is None:
            self._begin(self._head)
        return True

    def _on_headers_complete(self) -> Any:
        self._head_came()
        head = self._head = Head(self._callback_parser)
        if head.has_body:
            self._body_receiver = BodyReceiver(head, self)
        return False  # a body is framed by its fields, whatever the method

    def _begin(self, head: Head) -> None:
        self._idle_since = None
        self.flush()  # of the request before, if this one came along with it
        upgrades = "upgrade" in head.fields
        work = self._upgraded(head) if upgrades else self._answered(head)
        self._task = self.worker.loop.create_task(work)

    async def _answered(self, head: Head) -> None:
        """Answer a request, then turn to the next."""
        exchange, receiver, worker = Exchange(self, head), self._body_receiver, self.worker
        receive = _nothing if receiver is None else receiver.receive
        try:
            if self.flow.write_paused:
                await self.flow.drain()  # who does not take answers gets no more of them
            await self.app(self._scope(head), receive, exchange.send)
        except asyncio.CancelledError:
            self._close_transport()  # the client is gone
            return
        except Exception:
            self.log.exception("Error in ASGI application")
        if not exchange.begun:
            self._send_error_response(500, "Internal Server Error")
        worker.nr += 1
        if worker.nr >= worker.max_requests:
            worker.alive = False
        # What is left of a body would be read as the next request.
        framed = receiver is None or receiver._complete  # noqa: SLF001 - gunicorn's loop asks, too
        if exchange.leaves_open and framed and worker.alive and not self._closed:
            self._turn_to_the_next()
        else:
            self._close_transport()

    async def _upgraded(self, head: Head) -> None:
        """Serve a WebSocket, or the request that asks for something else, which we do not do."""
        request = _as_gunicorn_has_it(head)
        if not self._is_websocket_upgrade(request):
            await self._answered(head)
            return
        try:
            await self._handle_websocket(request, self._sockname, self._peername)
        finally:
            self._close_transport()

    def _turn_to_the_next(self) -> None:
        parser = self._callback_parser
        behind = parser.remaining()
        if len(behind) <= self._max_buffer_size:
            self._resume_reading()
        parser.reset()
        self._head = self._body_receiver = self._task = None
        self._idle_since = self.worker.loop.time()
        if behind:
            self._feed_callback_parser(behind)

    def _scope(self, head: Head) -> Scope:
        path = head.raw_path
        return {
            "type": "http",
            "asgi": _ASGI,
            "http_version": "1.1" if head.version == (1, 1) else "1.0",
            "method": head.method,
            "scheme": "http",
            "path": path.decode("latin-1"),
            "raw_path": path,
            "query_string": head.query,
            "root_path": "",
            "headers": head.fields.raw,
            "fields": head.fields,
            "server": self._sockname[:2] if self._sockname else None,
            "client": self._peername[:2] if self._peername else None,
            "extensions": _EXTENSIONS,
        }

    def answer_begins(self) -> bool:
        """Note that nobody is told to go on with a body any more (RFC 9110, 10.1.1).

        Tell whether another request may follow this one.
        """
        if self._body_receiver is not None:
            self._body_receiver.expect_continue = False
        worker = self.worker
        return bool(worker.alive and worker.nr + 1 < worker.max_requests)

    def write(self, parts: list[bytes], *, soon: bool) -> None:
        """Write, at once or `soon`: with all other answers of this turn of the event loop."""
        size = sum(map(len, parts))
        if soon and size < _MANY:
            self._waiting = b"".join(parts)
            self.worker.outbox.add(self)
            return
        self.flush()
        if self.transport.is_closing():
            return  # the client is gone
        if size >= _MANY:
            self.transport.writelines(parts)
        elif size:
            self.transport.write(b"".join(parts))

    def flush(self) -> None:
        """Write what waits for the end of the turn."""
        waiting, self._waiting = self._waiting, b""
        if waiting and not self.transport.is_closing():
            self.transport.write(waiting)

    def _safe_write(self, data: bytes) -> None:
        self.flush()
        super()._safe_write(data)

    def _close_transport(self) -> None:
        self.flush()
        super()._close_transport()

    def _http1_buffered(self) -> int:
        """Count what waits here, so that reading pauses: gunicorn leaves out the tail in C."""
        held: int = super()._http1_buffered()
        parser = self._callback_parser
        if parser is None or isinstance(parser, PythonProtocol):
            return held
        return held + len(parser.remaining())

    def _expect_head(self) -> None:
        self._head_deadline = self.worker.loop.call_later(REQUEST_SECONDS, self._close_transport)

    def _head_came(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def leave_if_idle_since(self, moment: float) -> None:
        """Close if nothing was asked since: looked at once a second, a timer a request less."""
        if self._idle_since is not None and self._idle_since < moment:
            self._close_transport()

    def leave(self) -> None:
        """Close now if nothing is in flight; tell a WebSocket's client to go elsewhere."""
        if self._websocket is not None:
            closing = {"type": "websocket.close", "code": GOING_AWAY, "reason": "restart"}
            sent = self._websocket._send(closing)  # noqa: SLF001 - what an application would call
            self._leaving = self.worker.loop.create_task(sent)
        elif self._task is None:
            self._close_transport()
