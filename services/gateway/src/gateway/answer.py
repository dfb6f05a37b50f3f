"""An answer of the gateway's own."""

from collections.abc import Iterable

from starlette.types import Receive, Scope, Send

NO_CONTENT, NOT_MODIFIED = 204, 304
JSON = (b"content-type", b"application/json")


class Answer:
    """A status, header fields and a whole body, as an ASGI application.

    It goes out as one message, with the extension of gateway.exchange.
    """

    __slots__ = ("_body", "_fields", "_status")

    def __init__(
        self, body: bytes = b"", status: int = 200, fields: Iterable[tuple[bytes, bytes]] = (JSON,)
    ) -> None:
        self._body, self._status = body, status
        self._fields = [*fields]

    def add(self, name: bytes, value: str) -> None:
        """Add a field."""
        self._fields.append((name, value.encode("latin-1")))

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Send it; to HEAD without the body (RFC 9110, 9.3.2)."""
        fields, body = self._fields, self._body
        if self._status not in (NO_CONTENT, NOT_MODIFIED):
            fields.append((b"content-length", b"%d" % len(body)))
        if scope["method"] == "HEAD":
            body = b""
        status = self._status
        await send(
            {"type": "http.response.start", "status": status, "headers": fields, "body": body}
        )
