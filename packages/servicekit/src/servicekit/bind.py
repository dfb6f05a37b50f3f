"""The address that a listener is bound to."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address, ip_address
from typing import Any, Self

_UNIX = re.compile(r"unix:(?://)?")
_NAME = re.compile(r"(?!-)[A-Za-z0-9-]{1,63}(?:\.(?!-)[A-Za-z0-9-]{1,63})*\.?")
_PORT = re.compile(r"[0-9]{1,5}")
_HIGHEST_PORT = 65_535
# Of a socket's path, on the system with the shortest: macOS has 104 bytes with the NUL at the end.
_LONGEST_PATH = 103

_EVERY_IPV4, _EVERY_ADDRESS = "0.0.0.0", "::"  # noqa: S104 - compared, not bound

SocketName = Sequence[Any] | str
"""What `getsockname` returns: a host and a port first, or the path of a Unix socket."""


@dataclass(frozen=True, slots=True)
class Bind:
    """A TCP address (`host`, `port`) or the `path` of a Unix socket, whose `host` is empty.

    `host` is an IPv4 or IPv6 literal in its shortest form, without brackets, or a name in lower
    case. `str()` gives the form that gunicorn takes.
    """

    host: str
    port: int = 0
    path: str = ""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host:port`, `[::1]:port` or `unix:/path`. Raises ValueError with the reason."""
        text = text.strip()
        prefix = _UNIX.match(text)
        if prefix:
            return cls("", path=_path(text[prefix.end() :]))
        if "/" in text:
            raise ValueError("a URL or a path, not an address as in 127.0.0.1:8080")
        host, colon, port = text.rpartition(":")
        if not colon or host.endswith(":") or (host.startswith("[") and not host.endswith("]")):
            raise ValueError("no port, as in 127.0.0.1:8080 or [::1]:8080")
        return cls(_host(host), _port(port))

    @property
    def is_unix(self) -> bool:
        """Whether this is a Unix socket."""
        return bool(self.path)

    def accepts(self, name: SocketName) -> bool:
        """Return whether a connection with this local address came to this listener.

        No other listener may overlap with this one (see `refuse_overlap`).
        """
        if isinstance(name, str) or self.is_unix:
            return self.is_unix and name == self.path
        return name[1] == self.port and self.covers(name[0])

    def covers(self, host: str) -> bool:
        """Return whether a connection to an address comes here; of a name that is not known."""
        if self.is_name or self.host == _EVERY_ADDRESS:
            return True
        host = _literal(host)
        return _literal(self.host) == host or (self.host == _EVERY_IPV4 and ":" not in host)

    @property
    def is_name(self) -> bool:
        """Whether the host is a name, and not an address."""
        return ":" not in self.host and not self.host.replace(".", "").isdecimal()

    def __str__(self) -> str:
        if self.is_unix:
            return f"unix:{self.path}"
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


def overlap(one: Bind, other: Bind) -> bool:
    """Return whether a connection's local address may not say to which of two listeners it came."""
    if one.is_unix or other.is_unix:
        return one.path == other.path
    if one.port != other.port:
        return False
    return one.is_name or other.is_name or one.covers(other.host) or other.covers(one.host)


def refuse_overlap(public: Bind, internal: Bind) -> None:
    """Raise ValueError where what is internal could be served on the public address."""
    if overlap(public, internal):
        raise ValueError(
            f"HOLDFAST_INTERNAL_BIND ({internal}) cannot be told apart from HOLDFAST_BIND "
            f"({public}): it needs another port, or both need an IP address of their own"
        )


def _literal(text: str) -> str:
    """Return an address as binds have it: without a zone, IPv4 also where it came as IPv6."""
    found = ip_address(text.partition("%")[0])
    mapped = found.ipv4_mapped if isinstance(found, IPv6Address) else None
    return str(mapped or found)


def _path(text: str) -> str:
    if not text.startswith("/") or "\0" in text:
        raise ValueError("not an absolute path behind unix:")
    if len(os.fsencode(text)) > _LONGEST_PATH:
        raise ValueError(f"a path of more than {_LONGEST_PATH} bytes cannot be a socket")
    return text


def _port(text: str) -> int:
    if not _PORT.fullmatch(text) or not 1 <= int(text) <= _HIGHEST_PORT:
        raise ValueError(f"the port is not from 1 to {_HIGHEST_PORT}")
    return int(text)


def _host(text: str) -> str:
    try:
        if text.startswith("["):
            if "%" in text:
                raise ValueError("an address with a zone cannot be served")
            return str(IPv6Address(text[1:-1]))
        if text.replace(".", "").isdecimal():
            return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError("the host is not an IP address") from None
    if ":" in text:
        raise ValueError("an IPv6 address needs brackets, as in [::1]:8080")
    if not text:
        raise ValueError("no host: 0.0.0.0 or [::] is every address")
    if not _NAME.fullmatch(text):
        raise ValueError("the host is neither a name nor an IP address")
    return text.lower()
