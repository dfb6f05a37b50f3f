"""A request to an upstream, and the bytes of its head."""

from collections.abc import AsyncIterable
from typing import NamedTuple

from gateway.headers import RawHeaders

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))
_IDEMPOTENT = frozenset((*_BODILESS, "PUT", "DELETE"))


class Order(NamedTuple):
    """What an upstream is asked. `seconds`: to take each chunk, then for each wait.

    The names of `fields` are in lower case. Their values go out byte for byte (RFC 9110, 5.5).
    """

    method: str
    target: str
    fields: RawHeaders
    body: AsyncIterable[bytes] | bytes | None
    seconds: float

    @property
    def repeatable(self) -> bool:
        """Return whether asking the same instance twice does no harm and is possible."""
        return self.method in _IDEMPOTENT and not isinstance(self.body, AsyncIterable)

    @property
    def chunked(self) -> bool:
        """Whether the body goes out in chunks, because its length is not known before."""
        return isinstance(self.body, AsyncIterable) and b"content-length" not in dict(self.fields)

    def head(self, path: str) -> bytes:
        """Return request line and fields, `path` before the target.

        Raises ValueError for a field that would end its own line.
        """
        fields, body = self.fields, self.body
        head = b"%s %s%s HTTP/1.1\r\n%s" % (
            self.method.encode(),
            path.encode(),
            self.target.encode(),
            b"".join([b"%s: %s\r\n" % pair for pair in fields]),
        )
        # Counted and not searched for: each line has one of either, and the count is one pass in C.
        lines = len(fields) + 1
        if head.count(b"\r") != lines or head.count(b"\n") != lines or b"\0" in head:
            raise ValueError("a field that ends its own line: header injection")
        if b"content-length" in dict(fields):
            return head + b"\r\n"
        if isinstance(body, AsyncIterable):
            return head + b"transfer-encoding: chunked\r\n\r\n"
        if body or self.method not in _BODILESS:
            return head + b"content-length: %d\r\n\r\n" % len(body or b"")
        return head + b"\r\n"
