"""A client's WebSocket: gunicorn's, with what it lacks at the edge (docs/decisions/0007)."""

import os
import sys
from fcntl import ioctl
from http import HTTPStatus
from termios import FIONREAD
from typing import Any

from gunicorn.asgi import websocket

from gateway.exchange import status_line
from gateway.field_check import scan


def server_of(name: Any) -> tuple[str, int | None] | None:
    """Return a socket's name as ASGI has it: host and port, or the path of a Unix socket."""
    if isinstance(name, str | bytes):
        return os.fsdecode(name), None
    return (name[0], name[1]) if name else None


def bytes_waiting(transport: Any) -> int:
    """Count what has arrived on a transport and was not read yet."""
    socket = transport.get_extra_info("socket")
    if socket is None or transport.is_closing():
        return 0
    return int.from_bytes(ioctl(socket.fileno(), FIONREAD, bytes(4)), sys.byteorder)


class ClientSocket(websocket.WebSocketProtocol):  # type: ignore[misc] # gunicorn has no types
    """Refuses a handshake with any answer (ASGI's websocket.http.response), unmasks fast."""

    def __init__(self, transport: Any, scope: dict[str, Any], *rest: Any, **named: Any) -> None:
        scope["extensions"] = {"websocket.http.response": {}}
        scope["server"] = server_of(transport.get_extra_info("sockname"))
        super().__init__(transport, scope, *rest, **named)

    _chunked = False

    async def _send(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.http.response.start":
                head = self._head(message["status"], message["headers"])
                self._denied = self.closed = True
                self.transport.write(head)
            case "websocket.http.response.body":
                await self._send_body(message.get("body", b""), more=message.get("more_body"))
            case "websocket.close" if self.transport.is_closing():
                self.closed = True  # the client left without a word
            case _:
                await super()._send(message)

    async def _receive(self) -> Any:
        """Receive on, with the client's reason for a close (ASGI 2.3, which gunicorn lacks)."""
        message = await super()._receive()
        if message["type"] == "websocket.disconnect":
            message["reason"] = self.close_reason
        return message

    def _head(self, status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
        bodyless = status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
        self._chunked = scan(headers).length is None and not bodyless
        lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
        if self._chunked:
            lines += b"Transfer-Encoding: chunked\r\n"
        return b"%s%sConnection: close\r\n\r\n" % (status_line((1, 1), status), lines)

    async def _send_body(self, body: bytes, *, more: bool | None) -> None:
        if self.transport.is_closing():
            return  # the client is gone
        if self._chunked:
            body = b"%x\r\n%b\r\n" % (len(body), body) if body else b""
            body += b"" if more else b"0\r\n\r\n"
        self.transport.write(body)
        if not more:
            self._close_event.set()
            self.transport.close()
        elif self._drain is not None:
            await self._drain()

    async def _send_frame(self, opcode: int, payload: bytes | str) -> None:
        """Send no frame before the handshake's answer, whatever came before it, as a ping."""
        if self.accepted:
            await super()._send_frame(opcode, payload)

    def _unmask(self, payload: bytes, masking_key: bytes) -> bytes:
        """Undo the mask (RFC 6455, 5.3) on the whole payload at once, not byte by byte."""
        size = len(payload)
        mask = (masking_key * (size // 4 + 1))[:size]
        return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)
