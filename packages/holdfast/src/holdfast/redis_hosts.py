"""Hosts of a store's URL: names and addresses, each with its port."""

import re
from ipaddress import AddressValueError, IPv6Address

_HOST = re.compile(r"(\[[^\[\]]+\]|[A-Za-z0-9_.-]+)(?::([0-9]{1,5}))?")
_HIGHEST_PORT = 65_535


def parse_host(text: str, default_port: int) -> tuple[str, int]:
    """Read `host`, `host:port` or `[::1]:port`; an IPv6 address comes back without brackets.

    Raises ValueError, whose message repeats nothing of the text: it may be a piece of a password.
    """
    found = _HOST.fullmatch(text.strip(" "))
    if not found:
        raise ValueError("a host is neither a name nor an address")
    host, port = found[1], default_port if found[2] is None else int(found[2])
    if not 1 <= port <= _HIGHEST_PORT:
        raise ValueError(f"a port is not from 1 to {_HIGHEST_PORT}")
    return (_ipv6(host[1:-1]) if host.startswith("[") else host), port


def _ipv6(text: str) -> str:
    # In a URL the "%" before a zone may be encoded (RFC 6874).
    address = text.replace("%25", "%")
    try:
        IPv6Address(address)
    except AddressValueError:
        raise ValueError("what is in brackets is not an IPv6 address") from None
    return address
