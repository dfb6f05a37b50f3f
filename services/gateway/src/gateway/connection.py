"""A client's connection: one request after another, each answered in a task of its own."""

import asyncio
from contextlib import suppress
from typing import Any

from gunicorn.asgi.parser import CallbackRequest, PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol, BodyReceiver
from starlette.types import Scope

from gateway.client_socket import bytes_waiting, server_of
from gateway.exchange import WHOLE, Exchange
from gateway.head import Head
from gateway.patience import Patience
from gateway.request import no_body

GOING_AWAY = 1001
QUIET_SECONDS = 2.0
"""Without a request, before a worker that leaves closes a connection."""
PIECE = 65_536  # bytes that the parser gets at once

# Bytes that are not copied to stand behind others, and that never wait for the turn's end.
_MANY = 65_536

_ASGI = {"version": "3.0", "spec_version": "2.4"}
_EXTENSIONS: dict[str, dict[str, str]] = {WHOLE: {}}


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

    It closes when the client is too slow, or when too many are connected.
    """

    _head: Head | None = None
    _leaving: asyncio.Task[None] | None = None
    _has_begun_to_answer = False
    _waiting = b""  # to be written at the end of this turn
    _body_receiver: Any  # gunicorn's, while a request with a body is under way

    def connection_made(self, transport: Any) -> None:
        """Take a connection, unless there are as many as `worker_connections` allows."""
        self._patience = Patience(self.worker.loop, self._close_transport)
        super().connection_made(transport)
        self.flow = self._flow_control
        self.worker.connections.add(self)
        if len(self.worker.connections) > self.worker.worker_connections:
            transport.abort()
        self._patience.connected()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._patience.head_came()
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def _start_http1(self, buffered: bytes = b"") -> None:
        """Make the parser ready. No task waits for requests: each begins one."""
        assert not buffered  # noqa: S101 - only where HTTP/2 is looked for
        self._sockname = self.transport.get_extra_info("sockname")
        self._peername = self.transport.get_extra_info("peername")
        self._server = server_of(self._sockname)
        self._client = self._peername[:2] if self._peername else None
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
            self._patience.expect_head()
        elif self._task is None:
            self._begin(self._head)
        return True

    def _on_headers_complete(self) -> Any:
        self._patience.head_came()
        head = self._head = Head(self._callback_parser)
        if head.has_body:
            self._body_receiver = BodyReceiver(head, self)
        return False  # a body is framed by its fields, whatever the method

    def _begin(self, head: Head) -> None:
        self.flush()  # of the request before, if this one came along with it
        # What comes along with a handshake is no frame: those wait for its answer.
        if head.upgrades and not self._callback_parser.remaining():
            self._pause_reading()  # until frames have where to go
            work = self._upgraded(head)
        else:
            work = self._answered(head)
        self._task = self.worker.loop.create_task(work)

    async def _answered(self, head: Head) -> None:
        """Answer a request, then turn to the next."""
        exchange, receiver, worker = Exchange(self, head), self._body_receiver, self.worker
        receive = no_body if receiver is None else receiver.receive
        try:
            if self.flow.write_paused:
                await self.flow.drain()  # who does not take answers gets no more of them
            await self.app(self._scope(head), receive, exchange.send)
        except asyncio.CancelledError:
            self._close_transport()  # the client is gone, or the worker goes
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
        if exchange.leaves_open and framed and not self._closed:
            self._turn_to_the_next()
        else:
            self._close_transport()

    async def _upgraded(self, head: Head) -> None:
        """Serve a WebSocket, or the request that asks for something else, which we do not do."""
        self._resume_reading()
        if not head.opens_websocket:
            await self._answered(head)
            return
        request = _as_gunicorn_has_it(head)
        try:
            await self._handle_websocket(request, self._sockname, self._peername)
        finally:
            self._close_transport()

    def _turn_to_the_next(self) -> None:
        parser = self._callback_parser
        behind = parser.remaining()
        parser.reset()
        self._head = self._body_receiver = self._task = None
        self._has_begun_to_answer = False
        self._patience.idle()
        if behind:
            self._feed_callback_parser(behind)
        if self._head is None or not self._head.upgrades:
            self._maybe_resume_reading()  # unless many more requests wait already

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
            "server": self._server,
            "client": self._client,
            "extensions": _EXTENSIONS,
        }

    def answer_begins(self) -> bool:
        """Note that nobody is told to go on with a body any more (RFC 9110, 10.1.1).

        Tell whether another request may follow: not behind a body that may come or not.
        """
        self._has_begun_to_answer = True
        receiver, worker = self._body_receiver, self.worker
        if receiver is not None and receiver.expect_continue:
            receiver.expect_continue = False
            return False
        return bool(worker.alive and worker.nr + 1 < worker.max_requests)

    def _send_error_response(self, *told: Any) -> None:
        """Refuse what cannot be read, but not in the middle of an answer or behind it."""
        if not self._has_begun_to_answer:
            super()._send_error_response(*told)

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
        self._patience.stuck()  # it ends when what was written is taken

    def pause_writing(self) -> None:
        """Make no more than the client takes."""
        super().pause_writing()
        self._patience.stuck()

    def resume_writing(self) -> None:
        """Go on."""
        super().resume_writing()
        self._patience.taken()

    def _http1_buffered(self) -> int:
        """Count what waits here, so that reading pauses: gunicorn leaves out the tail in C."""
        held: int = super()._http1_buffered()
        parser = self._callback_parser
        if parser is None or isinstance(parser, PythonProtocol):
            return held
        return held + len(parser.remaining())

    def look(self) -> None:
        """Close what is idle for too long, and end what takes nothing."""
        if self._patience.is_over:
            self.transport.abort()
        elif self._patience.is_idle_for(self._keepalive):
            self._close_transport()

    def leave(self) -> None:
        """Close if nothing is asked for; send a WebSocket's client elsewhere. Called repeatedly.

        Answers close their connections meanwhile. A connection that was used a moment ago, or is
        new, gets time for a request that is on its way, and one that has arrived is answered.
        """
        if self._websocket is not None and self._websocket.accepted:
            self._leaving = self._leaving or self.worker.loop.create_task(self._say_goodbye())
        elif (
            self._task is None
            and self._patience.is_idle_for(QUIET_SECONDS)
            and not bytes_waiting(self.transport)
        ):
            self._close_transport()

    async def _say_goodbye(self) -> None:
        closing = {"type": "websocket.close", "code": GOING_AWAY, "reason": "restart"}
        with suppress(OSError, RuntimeError):  # the client may leave at this moment
            await self._websocket._send(closing)  # noqa: SLF001 - what an application would call
