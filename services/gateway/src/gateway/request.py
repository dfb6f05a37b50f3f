"""A request as the gateway's parts see it: its header fields are read once, however many ask."""

from typing import overload

import starlette.requests
from starlette.types import Message, Receive, Scope

from gateway.headers import RawHeaders

_NOTHING = {"type": "http.request", "body": b"", "more_body": False}


async def no_body() -> Message:
    """Receive the body of a request without one."""
    return _NOTHING


class Fields:
    """Header fields by lower-case name. `first`: the first of each name."""

    __slots__ = ("first", "raw")

    def __init__(self, raw: RawHeaders) -> None:
        self.raw = raw
        # What comes later in a dict takes the place of what was there.
        self.first = dict(reversed(raw))

    def __contains__(self, name: str) -> bool:
        """Tell whether there is one of this name."""
        return name.encode() in self.first

    def __getitem__(self, name: str) -> str:
        """Return the first of this name. Raises KeyError."""
        return self.first[name.encode()].decode("latin-1")

    @overload
    def get(self, name: str, default: str, /) -> str: ...
    @overload
    def get(self, name: str, default: None = None, /) -> str | None: ...
    def get(self, name: str, default: str | None = None, /) -> str | None:
        """Return the first of this name, or the default."""
        value = self.first.get(name.encode())
        return default if value is None else value.decode("latin-1")

    def getlist(self, name: str) -> list[str]:
        """Return all of this name, in order."""
        key = name.encode()
        if key not in self.first:
            return []
        return [value.decode("latin-1") for one, value in self.raw if one == key]


class Request(starlette.requests.Request):
    """Starlette's request with our fields."""

    def __init__(self, scope: Scope, receive: Receive) -> None:
        super().__init__(scope, receive)
        # The server has read them already, if it is ours.
        self._fields: Fields = scope.get("fields") or Fields(scope["headers"])

    @property
    def headers(self) -> Fields:  # type: ignore[override] # all of it that anybody asks for
        """The header fields."""
        return self._fields

    @property
    def has_body(self) -> bool:
        """Whether it was framed with one."""
        first = self._fields.first
        length = first.get(b"content-length", b"0")
        return b"transfer-encoding" in first or length not in (b"", b"0")
