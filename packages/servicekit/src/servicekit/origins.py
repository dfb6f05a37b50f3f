"""Origins in one form (RFC 6454, 4): `https://a` and `HTTPS://A.:443` are the same."""

from functools import lru_cache
from typing import NamedTuple, Self

from servicekit.hosts import Host

_PORTS = {"http": 80, "https": 443}


class Origin(NamedTuple):
    """A scheme, a host's name in its normal form, and a port, which is always there."""

    scheme: str
    name: str
    port: int

    @classmethod
    def of(cls, scheme: str, host: Host) -> Self:
        """Return the origin of what is served at a host by a scheme, `http` or `https`."""
        return cls(scheme, host.name, host.port or _PORTS[scheme])

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read `https://host` or `https://host:port`. Raises ValueError with the reason."""
        scheme, separator, rest = text.partition("://")
        if not separator or scheme.lower() not in _PORTS:
            raise ValueError(f"{text!r} is not an origin as in https://app.example.org")
        if "/" in rest:
            raise ValueError(f"{text!r} has a path, which an origin has not")
        return cls.of(scheme.lower(), Host.parse(rest))

    def __str__(self) -> str:
        port = None if self.port == _PORTS[self.scheme] else self.port
        return f"{self.scheme}://{Host(self.name, port)}"


@lru_cache(512)
def origin_of(field: str) -> Origin | None:
    """Return what the field Origin names; None for `null` and for what is not one origin."""
    try:
        return Origin.parse(field)
    except ValueError:
        return None
