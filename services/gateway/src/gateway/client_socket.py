"""A client's WebSocket: gunicorn's, with what it lacks at the edge (docs/decisions/0007)."""

from typing import Any

from gunicorn.asgi import websocket

from gateway.exchange import status_line
from gateway.field_check import scan


class ClientSocket(websocket.WebSocketProtocol):  # type: ignore[misc] # gunicorn has no types
    """Refuses a handshake with any answer (ASGI's websocket.http.response), unmasks fast."""

    def __init__(self, transport: Any, scope: dict[str, Any], *rest: Any, **named: Any) -> None:
        scope["extensions"] = {"websocket.http.response": {}}
        super().__init__(transport, scope, *rest, **named)

    async def _send(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "websocket.http.response.start":
                head = _head(message["status"], message["headers"])
                self._denied = self.closed = True
                self.transport.write(head)
            case "websocket.http.response.body":
                self.transport.write(message.get("body", b""))
                if not message.get("more_body"):
                    self._close_event.set()
                    self.transport.close()
            case "websocket.close" if self.transport.is_closing():
                self.closed = True  # the client left without a word
            case _:
                await super()._send(message)

    async def _send_frame(self, opcode: int, payload: bytes | str) -> None:
        """Send no frame before the handshake's answer, whatever came before it, as a ping."""
        if self.accepted:
            await super()._send_frame(opcode, payload)

    def _unmask(self, payload: bytes, masking_key: bytes) -> bytes:
        """Undo the mask (RFC 6455, 5.3) on the whole payload at once, not byte by byte."""
        size = len(payload)
        mask = (masking_key * (size // 4 + 1))[:size]
        return (int.from_bytes(payload) ^ int.from_bytes(mask)).to_bytes(size)


def _head(status: int, headers: list[tuple[bytes, bytes]]) -> bytes:
    scan(headers)
    lines = b"".join(b"%s: %s\r\n" % pair for pair in headers)
    return b"%s%sConnection: close\r\n\r\n" % (status_line((1, 1), status), lines)
