"""What a request says before its body, as gunicorn's parsers read it."""

from typing import Any

from gunicorn.asgi.parser import RFC9112_TARGET_INVALID, InvalidRequestLine
from gunicorn.http.errors import InvalidHeader

from gateway.request import Fields

_OLD = (1, 0)


class Head:
    """Method, target and fields. `closes`: no other request follows on the connection.

    None follows one of HTTP/1.0: who asks for that would have to be told (RFC 9112, 9.3).
    Raises InvalidRequestLine, InvalidHeader for what a parser takes and we do not.
    """

    __slots__ = (
        "_expect_100_continue",
        "chunked",
        "closes",
        "content_length",
        "fields",
        "method",
        "query",
        "raw_path",
        "version",
    )

    def __init__(self, parser: Any) -> None:
        self.method: str = parser.method.decode("ascii")
        if RFC9112_TARGET_INVALID.search(parser.path):
            raise InvalidRequestLine("Invalid request line")
        self.raw_path, _, self.query = parser.path.partition(b"?")
        self.version: tuple[int, int] = parser.http_version
        # Names in lower case: the parser in C has them as they came, too.
        raw = [*(getattr(parser, "asgi_headers", None) or parser.headers)]
        fields = Fields(raw)
        if b"_" in b" ".join(fields.values):
            # CGI-style servers behind would read them as the names with "-".
            fields = Fields([pair for pair in raw if b"_" not in pair[0]])
        self.fields, values = fields, fields.values
        self.content_length: int = parser.content_length or 0
        self.chunked: bool = parser.is_chunked
        if b"transfer-encoding" in values and not self.chunked:
            # RFC 9112, 6.3; the parser in C would read such a body as none.
            raise InvalidHeader("Transfer-Encoding does not end with chunked")
        self.closes = not parser.should_keep_alive or self._closes(fields)
        # An expectation of HTTP/1.0 is ignored (RFC 9110, 10.1.1). gunicorn's receiver reads this.
        expects = b"expect" in values and values[b"expect"].lower() == b"100-continue"
        self._expect_100_continue = expects and self.version > _OLD

    def _closes(self, fields: Fields) -> bool:
        # Behind a CONNECT comes what is no request, whatever is answered (RFC 9931, 8).
        if self.version <= _OLD or self.method == "CONNECT":
            return True
        if b"connection" not in fields.values:
            return False
        return b"close" in fields.members(b"connection")

    @property
    def upgrades(self) -> bool:
        """Whether it asks for another protocol, and could have it (RFC 9110, 7.8)."""
        return b"upgrade" in self.fields.values and not self.has_body and self.version > _OLD

    @property
    def opens_websocket(self) -> bool:
        """Whether it is the handshake of a WebSocket (RFC 6455, 4.2.1)."""
        fields = self.fields
        return (
            self.method == "GET"
            and b"websocket" in fields.members(b"upgrade")
            and b"upgrade" in fields.members(b"connection")
        )

    @property
    def has_body(self) -> bool:
        """Whether it is framed with a body."""
        return bool(self.content_length or self.chunked)
