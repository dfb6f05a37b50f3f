"""gunicorn's asgi worker, with four things it lacks at the edge (docs/decisions/0007)."""

import asyncio
from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.asgi import protocol, websocket
from gunicorn.asgi.parser import PythonProtocol
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from gateway import field_check

# How long a client may take to send a request's fields, and how many may be connected.
REQUEST_SECONDS = 10.0
GOING_AWAY = 1001
PIECE = 65_536  # bytes that the parser gets at once


class Connection(ASGIProtocol):  # type: ignore[misc] # gunicorn has no types
    """Closes when no whole head of a request comes in time, or when too many are connected."""

    _head_deadline: asyncio.TimerHandle | None = None
    _idle_since: float | None = None

    def connection_made(self, transport: Any) -> None:
        """Take a connection, unless there are as many as `worker_connections` allows."""
        super().connection_made(transport)
        self.worker.connections.add(self)
        if len(self.worker.connections) > self.worker.worker_connections:
            transport.abort()
        self._expect_head()

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget it."""
        self._head_came()
        self.worker.connections.discard(self)
        super().connection_lost(exc)

    def _feed_callback_parser(self, data: bytes) -> Any:
        """Take bytes, from the socket or kept from behind an answered request: they may end a head.

        A head that came whole costs no timer. The parser in C moves all it was given for each chunk
        of a body, so it is given little at a time.
        """
        goes_on = True
        for start in range(0, len(data), PIECE):
            goes_on = goes_on and super()._feed_callback_parser(data[start : start + PIECE])
        if goes_on and self._current_request is None and self._head_deadline is None:
            self._expect_head()
        return goes_on

    def _on_headers_complete(self) -> Any:
        self._head_came()
        return super()._on_headers_complete()

    async def _serve_http_request(self, request: Any, sockname: Any, peername: Any) -> Any:
        """Answer in the connection's own task: we do nothing long behind an answer."""
        return await self._handle_http_request(request, sockname, peername)

    def _http1_buffered(self) -> int:
        """Count what waits here, so that reading pauses: gunicorn leaves out the tail in C."""
        held: int = super()._http1_buffered()
        parser = self._callback_parser
        if parser is None or isinstance(parser, PythonProtocol):
            return held
        return held + len(parser.remaining())

    def _expect_head(self) -> None:
        self._head_deadline = self.worker.loop.call_later(REQUEST_SECONDS, self._keepalive_timeout)

    def _head_came(self) -> None:
        if self._head_deadline is not None:
            self._head_deadline.cancel()
            self._head_deadline = None

    def _arm_keepalive_timer(self) -> None:
        self._idle_since = self.worker.loop.time()

    def _cancel_keepalive_timer(self) -> None:
        self._idle_since = None

    def leave_if_idle_since(self, moment: float) -> None:
        """Close if nothing was asked since: looked at once a second, a timer a request less."""
        if self._idle_since is not None and self._idle_since < moment:
            self._keepalive_timeout()

    def leave(self) -> None:
        """Close now if nothing is in flight; tell a WebSocket's client to go elsewhere."""
        if self._websocket is not None:
            closing = {"type": "websocket.close", "code": GOING_AWAY, "reason": "restart"}
            sent = self._websocket._send(closing)  # noqa: SLF001 - what an application would call
            self._leaving = self.worker.loop.create_task(sent)
        elif self._awaiting_request:
            self._keepalive_timeout()


class Socket(websocket.WebSocketProtocol):  # type: ignore[misc] # as above
    """Refuses a handshake with any answer (ASGI's websocket.http.response), unmasks fast."""

    def __init__(self, transport: Any, scope: dict[str, Any], *rest: Any, **named: Any) -> None:
        scope["extensions"] = {"websocket.http.response": {}}
        super().__init__(transport, scope, *rest, **named)

    async def _send(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.http.response.start":
                self._denied = self.closed = True
                self.transport.write(_head(message["status"], message["headers"]))
            case "websocket.http.response.body":
                self.transport.write(message.get("body", b""))
                if not message.get("more_body"):
                    self._close_event.set()
                    self.transport.close()
            case _:
                await super()._send(message)

    def _unmask(self, payload: bytes, masking_key: bytes) -> bytes:
        """Undo the mask (RFC 6455, 5.3) on the whole payload at once, not byte by byte."""
        size = len(payload)
        mask = (masking_key * (size // 4 + 1))[:size]
        return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
    phrase = HTTPStatus(status).phrase.encode()
    return b"HTTP/1.1 %d %s\r\n%sConnection: close\r\n\r\n" % (status, phrase, lines)


def _use_the_parser_in_c() -> None:
    """Have gunicorn find its parser in C where it is installed, and lose no byte in it.

    Asked of a subclass it would note the answer there, and look for it at the base. By itself the
    parser drops what comes behind a request beyond 64 KiB; `_http1_buffered` bounds it instead.
    """
    if ASGIProtocol._check_h1c_protocol_available():  # noqa: SLF001 - as gunicorn does
        whole = partial(ASGIProtocol._h1c_protocol_class, limit_remaining=0)  # noqa: SLF001
        ASGIProtocol._h1c_protocol_class = whole  # noqa: SLF001


class Worker(gasgi.ASGIWorker):  # type: ignore[misc] # as above
    """The worker that knows its connections, so that it can end those that are idle."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.connections: set[Connection] = set()

    def init_process(self) -> None:
        """Serve. gunicorn names its classes only where it makes them, so ours take their place."""
        _use_the_parser_in_c()
        gasgi.ASGIProtocol = Connection
        protocol._scan_response_headers = field_check.scan  # noqa: SLF001 - for less, see there
        websocket.WebSocketProtocol = Socket
        super().init_process()

    def notify(self) -> None:
        """Tell the master that we live, once a second, and close what is idle for too long."""
        super().notify()
        moment = self.loop.time() - self.cfg.keepalive
        for one in list(self.connections):
            one.leave_if_idle_since(moment)

    async def _shutdown(self) -> None:
        for one in list(self.connections):
            one.leave()
        await super()._shutdown()
