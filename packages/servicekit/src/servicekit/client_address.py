"""Client addresses in one form, however a socket or a proxy writes them.

The same client is written `192.0.2.1`, `192.0.2.1:5678` and, by a socket that serves both
families, `::ffff:192.0.2.1`. What is compared, counted and logged is one form of these.
"""

import re
from functools import lru_cache
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# With a zone of 16 characters, a port and brackets.
_LONGEST = 70
# RFC 7239, 6: a port may be obfuscated, too.
_NODE = re.compile(r"(\[[^\]]*\]|[^:]*)(?::(?:[0-9]{1,5}|_[A-Za-z0-9._-]+))?")
_MAPPED_PREFIX = 96
_IPV6_CUSTOMER_PREFIX = 64


def parse_address(text: str) -> Address | None:
    """Read an address with or without port, brackets and zone; None for what has no address.

    An IPv4 address that is mapped into IPv6 (RFC 4291, 2.5.5.2) is the IPv4 address.
    """
    text = text.strip(" \t")
    if len(text) > _LONGEST:
        return None
    node = _NODE.fullmatch(text)
    bare = node[1] if node else text  # an IPv6 address without brackets has no port
    if bare.startswith("["):
        if not bare.endswith("]") or ":" not in bare:
            return None
        bare = bare[1:-1]
    try:
        parsed = ip_address(bare.partition("%")[0])
    except ValueError:
        return None
    mapped = parsed.ipv4_mapped if isinstance(parsed, IPv6Address) else None
    return mapped or parsed


@lru_cache(1024)
def normal_form(text: str) -> str:
    """Return an address in its normal form, and a text that is not an address as it is."""
    parsed = parse_address(text)
    return text if parsed is None else str(parsed)


@lru_cache(1024)
def counted_as(text: str) -> str:
    """Return what a limit counts an address as: an IPv4 address alone, of IPv6 its /64 network.

    A customer has at least a /64 (RFC 6177), and so 2**64 addresses to guess from.
    """
    parsed = parse_address(text)
    if isinstance(parsed, IPv6Address):
        return str(IPv6Network((parsed, _IPV6_CUSTOMER_PREFIX), strict=False))
    return normal_form(text)


def parse_network(text: str) -> Network:
    """Read a network or one address; mapped IPv4 networks are IPv4. Raises ValueError."""
    if "%" in text:
        raise ValueError(f"{text!r} has a zone")
    try:
        network = ip_network(text)
    except ValueError:
        raise ValueError(_why_not(text)) from None
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < _MAPPED_PREFIX:
        return network
    return IPv4Network((mapped, network.prefixlen - _MAPPED_PREFIX))


def _why_not(text: str) -> str:
    try:
        meant = ip_network(text, strict=False)
    except ValueError:
        return f"{text!r} is neither an IP address nor a network, as in 10.0.0.0/8"
    return f"{text!r} is an address inside of {meant}: give the one or the other"
