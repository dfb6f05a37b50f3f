"""A request as the gateway's parts see it: its header fields are read once, however many ask."""

from collections.abc import AsyncIterator
from typing import overload

from starlette.datastructures import QueryParams
from starlette.requests import ClientDisconnect
from starlette.types import Message, Receive, Scope

from gateway.headers import RawHeaders
from servicekit.problems import Problem

_NOTHING = {"type": "http.request", "body": b"", "more_body": False}


async def no_body() -> Message:
    """Receive the body of a request without one."""
    return _NOTHING


class Fields:
    """Header fields by lower-case name. `values`: of each name the lines joined by commas.

    Joining keeps the meaning of a list (RFC 9110, 5.3), and makes a field that may come only once
    malformed, so that no line of it is overlooked. Cookie lines are joined by semicolons (RFC 9113,
    8.2.3).
    """

    __slots__ = ("raw", "values")

    def __init__(self, raw: RawHeaders) -> None:
        self.raw, self.values = raw, dict(raw)
        if len(self.values) < len(raw):
            self.values = _joined(raw)

    def __contains__(self, name: str) -> bool:
        """Tell whether there is one of this name."""
        return name.encode() in self.values

    def __getitem__(self, name: str) -> str:
        """Return the value of this name. Raises KeyError."""
        return self.values[name.encode()].decode("latin-1")

    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    def get(self, name: str, default: str | None = None, /) -> str | None:
        """Return the value of this name, or the default."""
        value = self.values.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def members(self, name: bytes) -> list[bytes]:
        """Return the members of a list, in lower case (RFC 9110, 5.6.1)."""
        return [one.strip(b" \t") for one in self.values.get(name, b"").lower().split(b",")]

    def getlist(self, name: str) -> list[str]:
        """Return all of this name, in order."""
        key = name.encode()
        if key not in self.values:
            return []
        return [value.decode("latin-1") for one, value in self.raw if one == key]


def _joined(raw: RawHeaders) -> dict[bytes, bytes]:
    values: dict[bytes, bytes] = {}
    for name, value in raw:
        before = values.get(name)
        separator = b"; " if name == b"cookie" else b", "
        values[name] = value if before is None else before + separator + value
    return values


class Request:
    """A request. What Starlette's would bring beside this nobody here asks for."""

    __slots__ = ("headers", "receive", "scope")

    def __init__(self, scope: Scope, receive: Receive) -> None:
        self.scope, self.receive = scope, receive
        # The server has read them already, if it is ours.
        self.headers: Fields = scope.get("fields") or Fields(scope["headers"])

    @property
    def method(self) -> str:
        """The method, as it was sent."""
        return str(self.scope["method"])

    @property
    def path_params(self) -> dict[str, str]:
        """What the path has in the place of its endpoint's parameters."""
        found: dict[str, str] = self.scope["path_params"]
        return found

    @property
    def query_params(self) -> QueryParams:
        """The query's parameters."""
        return QueryParams(self.scope["query_string"])

    @property
    def cookie_field(self) -> bytes:
        """The Cookie field, empty where there is none; several lines are one (RFC 9113, 8.2.3)."""
        return self.headers.values.get(b"cookie", b"")

    @property
    def has_body(self) -> bool:
        """Whether it was framed with one."""
        values = self.headers.values
        length = values.get(b"content-length", b"0")
        return b"transfer-encoding" in values or length not in (b"", b"0")

    async def stream(self, most: int) -> AsyncIterator[bytes]:
        """Yield the body as it comes. Raises Problem body-too-large, ClientDisconnect."""
        seen, more = 0, True
        while more:
            chunk, more = await self._part(most - seen)
            seen += len(chunk)
            if chunk:
                yield chunk

    async def body(self, most: int) -> bytes:
        """Return the body when all of it is here. Raises as `stream` does."""
        body, more = bytearray(), True
        while more:
            chunk, more = await self._part(most - len(body))
            body += chunk
        return bytes(body)

    async def _part(self, most: int) -> tuple[bytes, bool]:
        """Return what comes next, and whether there is more."""
        message = await self.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk: bytes = message["body"]
        if len(chunk) > most:
            raise Problem("body-too-large")
        return chunk, message["more_body"]
