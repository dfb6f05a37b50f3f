"""The answer to one request, from ASGI's messages to bytes framed by RFC 9112."""

from collections.abc import Iterable
from http import HTTPStatus
from typing import TYPE_CHECKING, Protocol

from gunicorn.asgi import protocol

from gateway.field_check import scan
from gateway.head import Head

if TYPE_CHECKING:
    from starlette.types import Message

WHOLE = "holdfast.whole"
"""An ASGI extension: `http.response.start` may bring `lines`, bytes that are whole lines of the
head already and go behind `headers`, since what is the same in every answer needs no look; and
`body`, with which the answer is complete."""

_CURRENT = (1, 1)
_HOLDS_NO_BODY = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
_date = protocol._get_cached_date_header  # noqa: SLF001 - made once a second


class Server(Protocol):
    """What an exchange asks of its connection. `flow` tells whether the client keeps up."""

    flow: protocol.FlowControl

    def answer_begins(self) -> bool:
        """Note it, for no interim answer may follow; tell whether the connection may be kept."""

    def write(self, parts: list[bytes], *, soon: bool) -> None:
        """Write, at once or `soon`: with all other answers of this turn of the event loop."""


class Exchange:
    """Takes an application's answer. The head of it goes out with the first of its body."""

    __slots__ = (
        "_bodyless",
        "_chunked",
        "_close",
        "_done",
        "_head",
        "_left",
        "_request",
        "_server",
    )

    def __init__(self, server: Server, request: Head) -> None:
        self._server, self._request = server, request
        self._head: bytes | None = None
        self._bodyless = self._chunked = self._done = False
        self._close = request.closes
        self._left: int | None = None

    @property
    def begun(self) -> bool:
        """Whether there is an answer."""
        return self._head is not None

    @property
    def leaves_open(self) -> bool:
        """Whether the answer is complete, and the connection can be used again."""
        return self._done and not (self._close or self._left)

    async def send(self, message: "Message") -> None:
        """Take a message. Raises what says that a field is not well-formed, RuntimeError."""
        if message["type"] == "http.response.start":
            self._start(message["status"], message["headers"], message.get("lines", b""))
            body = message.get("body")
            if body is not None:
                self._continue(body, more=False)
        else:
            self._continue(message.get("body", b""), more=message.get("more_body", False))
            flow = self._server.flow
            if flow.write_paused:
                await flow.drain()

    def _start(self, status: int, headers: Iterable[tuple[bytes, bytes]], lines: bytes) -> None:
        if self._head is not None:
            raise RuntimeError("this answer has begun")
        headers, version = [*headers], self._request.version
        said = scan(headers)
        if said.is_coded:
            raise RuntimeError("how an answer is framed is not the application's to say")
        may_be_kept = self._server.answer_begins()
        if status in _HOLDS_NO_BODY or self._request.method == "HEAD":
            self._bodyless = True
            if status == HTTPStatus.NO_CONTENT and said.length is not None:
                headers = [pair for pair in headers if pair[0].lower() != b"content-length"]
        elif said.length is not None:
            self._left = int(said.length)
        elif version >= _CURRENT:
            self._chunked = True
            lines += b"transfer-encoding: chunked\r\n"
        else:
            self._close = True
        self._close = self._close or not may_be_kept
        if self._close:
            lines += b"Connection: close\r\n"
        if not said.is_dated:
            lines += _date()
        told = b"".join([b"%s: %s\r\n" % pair for pair in headers])
        self._head = b"%s%s%s\r\n" % (status_line(version, status), told, lines)

    def _continue(self, body: bytes, *, more: bool) -> None:
        head = self._head
        if head is None or self._done:
            raise RuntimeError("there is no answer under way")
        self._head, self._done = b"", not more
        if self._bodyless:
            body = b""
        elif self._left is not None:
            # What goes beyond the length would be read as the next answer.
            body = body[: self._left]
            self._left -= len(body)
        parts = [head, body]
        if self._chunked:
            end = b"0\r\n\r\n" if self._done else b""
            parts = [head, b"%x\r\n" % len(body), body, b"\r\n", end] if body else [head, end]
        # What is an answer in one piece may wait for others, what goes on must not.
        self._server.write(parts, soon=head != b"" and self._done and not self._close)


_status_lines: dict[tuple[tuple[int, int], int], bytes] = {}


def status_line(version: tuple[int, int], status: int) -> bytes:
    """Return the first line of an answer."""
    line = _status_lines.get((version, status))
    if line is None:
        known = status in HTTPStatus.__members__.values()
        phrase = HTTPStatus(status).phrase if known else "Unknown"
        line = b"HTTP/%d.%d %d %s\r\n" % (*version, status, phrase.encode())
        _status_lines[version, status] = line
    return line
