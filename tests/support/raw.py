"""HTTP as bytes over a socket: for what no client library would send."""

import socket
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Self

SECONDS = 10.0


@dataclass
class Reply:
    """What came back. `status` 0: the connection was closed without an answer."""

    status: int
    fields: list[tuple[str, str]] = field(default_factory=list)
    body: bytes = b""

    def all(self, name: str) -> list[str]:
        """Return the values of a field."""
        return [value for one, value in self.fields if one == name]


class Wire:
    """One connection. `source` chooses the loopback address we come from."""

    def __init__(self, port: int, source: str = "127.0.0.1") -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), SECONDS, (source, 0))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._kept = b""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.socket.close()

    def send(self, data: bytes) -> "Wire":
        """Send bytes, even where the other side has closed meanwhile."""
        with suppress(BrokenPipeError, ConnectionResetError):
            self.socket.sendall(data)
        return self

    def _more(self) -> bool:
        try:
            data = self.socket.recv(65536)
        except ConnectionResetError:
            data = b""
        self._kept += data
        return bool(data)

    def _until(self, mark: bytes) -> bytes | None:
        while mark not in self._kept:
            if not self._more():
                return None
        found, _, self._kept = self._kept.partition(mark)
        return found

    def _exactly(self, count: int) -> bytes:
        while len(self._kept) < count and self._more():
            pass
        found, self._kept = self._kept[:count], self._kept[count:]
        return found

    def head(self) -> Reply:
        """Read a status line and its fields, and no body."""
        text = self._until(b"\r\n\r\n")
        if text is None:
            return Reply(0)
        first, *lines = text.decode("latin-1").split("\r\n")
        pairs = (line.partition(":") for line in lines)
        return Reply(int(first.split(" ")[1]), [(a.lower(), b.strip()) for a, _, b in pairs])

    def reply(self, *, head_only: bool = False) -> Reply:
        """Read a whole answer."""
        found = self.head()
        if head_only or found.status in (0, 204, 304) or found.status // 100 == 1:
            return found
        if found.all("transfer-encoding"):
            while size := int(self._until(b"\r\n") or b"0", 16):
                found.body += self._exactly(size)
                self._exactly(2)
            self._until(b"\r\n")
        elif found.all("content-length"):
            found.body = self._exactly(int(found.all("content-length")[0]))
        else:
            while self._more():
                pass
            found.body, self._kept = self._kept, b""
        return found

    def rest(self) -> bytes:
        """Read on until the other side closes."""
        while self._more():
            pass
        found, self._kept = self._kept, b""
        return found

    def closed(self) -> bool:
        """Tell whether the other side closes, and sends nothing more before."""
        return not self._kept and not self._more()


def ask(port: int, request: bytes, source: str = "127.0.0.1") -> Reply:
    """Send one request on its own connection; return the answer."""
    with Wire(port, source) as wire:
        return wire.send(request).reply(head_only=request.startswith(b"HEAD"))
