"""gunicorn's asgi worker, with connections of our own (docs/decisions/0007)."""

from functools import partial
from http import HTTPStatus
from typing import Any

from gunicorn.asgi import websocket
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from gateway.connection import Connection
from gateway.outbox import Outbox


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

    def _setup_event_loop(self) -> None:
        super()._setup_event_loop()
        self.outbox = Outbox(self.loop)

    def init_process(self) -> None:
        """Serve. gunicorn names its classes only where it makes them, so ours take their place."""
        _use_the_parser_in_c()
        gasgi.ASGIProtocol = Connection
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
