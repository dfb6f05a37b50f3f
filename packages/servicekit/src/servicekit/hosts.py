"""Names of hosts in one form (RFC 3986, 3.2.2; RFC 9110, 4.2.3)."""

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address
from typing import NamedTuple, Self

_PARTS = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^\[\]:]*)(?::([0-9]{1,5}))?")
# "_" is in names of services in containers, though not in those of hosts (RFC 952).
_NAME = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_LONGEST_NAME, _HIGHEST_PORT = 253, 65_535
_DEFAULT_PORTS = (80, 443)


class Host(NamedTuple):
    """A host and, where one was given, its port.

    `name` is in lower case, without a dot at its end, and in ASCII (IDNA); or an IPv4 address, or
    an IPv6 address in its shortest form, in brackets.
    """

    name: str
    port: int | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `host` or `host:port`. Raises ValueError with the reason."""
        found = _PARTS.fullmatch(text)
        if not found:
            raise ValueError(_why_not(text))
        port = None if found[2] is None else int(found[2])
        if port is not None and not 1 <= port <= _HIGHEST_PORT:
            raise ValueError(f"the port of {text!r} is not from 1 to {_HIGHEST_PORT}")
        return cls(_name(found[1]), port)

    def is_among(self, hosts: tuple["Host", ...]) -> bool:
        """Return whether it is listed, a host that is listed without a port with every port.

        One that is listed with the default port of a scheme is the same without it.
        """
        return (
            self in hosts
            or (self.name, None) in hosts
            or (self.port is None and any((self.name, port) in hosts for port in _DEFAULT_PORTS))
        )

    @property
    def is_localhost(self) -> bool:
        """Whether it is `localhost` or below it, which is this machine (RFC 6761, 6.3)."""
        name = self.name
        return name.endswith("localhost") and name.rpartition(".")[2] == "localhost"

    def __str__(self) -> str:
        return self.name if self.port is None else f"{self.name}:{self.port}"


def _name(text: str) -> str:
    if text.startswith("["):
        try:
            return f"[{IPv6Address(text[1:-1])}]"
        except AddressValueError:
            raise ValueError(f"{text!r} is not an IPv6 address") from None
    name = text.removesuffix(".")
    name = name.lower() if name.isascii() else _ascii(name)
    if not _NAME.fullmatch(name) or len(name) > _LONGEST_NAME:
        raise ValueError(_why_not(text))
    if name.rpartition(".")[2].isdecimal():
        return _ipv4(name)
    return name


def _ipv4(text: str) -> str:
    """Return an IPv4 address: what ends in a number is read as one (WHATWG URL, 3.5)."""
    try:
        return str(IPv4Address(text))
    except AddressValueError:
        raise ValueError(f"{text!r} is not an IPv4 address") from None


def _ascii(name: str) -> str:
    """Return the form in which browsers send a name (UTS 46, non-transitional)."""
    import idna  # noqa: PLC0415 - large, and few names need its tables

    try:
        return idna.encode(name, uts46=True, transitional=False).decode()
    except idna.IDNAError:
        raise ValueError(f"{name!r} is not a name of a host") from None


def _why_not(text: str) -> str:
    if "/" in text:
        return f"{text!r} is a URL or a path, not a host as in app.example.org"
    if "*" in text:
        return f"{text!r} has a wildcard: list each host"
    if text.count(":") > 1 and "[" not in text:
        return f"the IPv6 address {text!r} needs brackets, as in [::1]:8080"
    return f"{text!r} is not a host as in app.example.org or app.example.org:8080"
