"""Which peers are proxies whose word about a client is believed, and what they say."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from itertools import zip_longest
from typing import Literal, NamedTuple

from servicekit.client_address import Address, Network, parse_address
from servicekit.forwarded import elements_from_the_right

ForwardedField = Literal["x-forwarded-for", "forwarded"]
# Some proxies write the scheme of a WebSocket.
_SCHEMES = {"http": "http", "https": "https", "ws": "http", "wss": "https"}

# What a client writes itself is not kept when it is longer than what proxies write.
_LONGEST_KEPT = 200


class ForwardedClient(NamedTuple):
    """Who sent a request: an address in its normal form, and the scheme, where a proxy said so."""

    address: str
    scheme: str | None


class TrustedProxies:
    """The networks of the proxies in front, and the one field that these set.

    Of `X-Forwarded-For` (with `X-Forwarded-Proto`) and `Forwarded` only one is read: a proxy that
    sets one passes the other on as a client made it up (ASVS 5.0, 4.1.3).
    """

    def __init__(
        self, networks: Sequence[Network] = (), field: ForwardedField = "x-forwarded-for"
    ) -> None:
        self._networks, self._read = tuple(networks), _READERS[field]
        self.field: str = field
        self.scheme_field = "x-forwarded-proto" if field == "x-forwarded-for" else ""
        self._found = lru_cache(4096)(self._find)

    def believes(self, peer: str) -> bool:
        """Return whether a peer is a trusted proxy."""
        return self._trusts(parse_address(peer))

    def _trusts(self, address: Address | None) -> bool:
        return address is not None and any(address in network for network in self._networks)

    def client(
        self, peer: str, forwarded: tuple[str, ...] = (), schemes: tuple[str, ...] = ()
    ) -> ForwardedClient:
        """Find the client: the last address that a trusted proxy names and that is not one itself.

        `forwarded` and `schemes` are the values of `field` and `scheme_field`, in order. Where a
        trusted proxy names no address (`unknown`, `_hidden`), the proxy itself is the last that is
        known. The scheme is the one by which the client reached the first trusted proxy.
        """
        long = (forwarded or schemes) and sum(map(len, forwarded)) + sum(
            map(len, schemes)
        ) > _LONGEST_KEPT
        return (self._find if long else self._found)(peer, forwarded, schemes)

    def _find(
        self, peer: str, forwarded: tuple[str, ...], schemes: tuple[str, ...]
    ) -> ForwardedClient:
        known = parse_address(peer)
        text = peer if known is None else str(known)
        scheme: str | None = None
        for address, by in self._read(forwarded, schemes):
            if not self._trusts(known):
                break
            scheme = by
            known = parse_address(address)
            if known is None:
                break
            text = str(known)
        return ForwardedClient(text, _SCHEMES.get((scheme or "").lower()))


_Hops = Iterator[tuple[str, str | None]]


def _of_x_forwarded_for(forwarded: tuple[str, ...], schemes: tuple[str, ...]) -> _Hops:
    """Yield what each proxy says of who asked it, the nearest first.

    Proxies that append do so to both fields; one scheme alone was set for all of them.
    """
    addresses, given = _parts(forwarded), _parts(schemes)
    if len(given) == 1:
        given *= max(1, len(addresses))
    for address, scheme in zip_longest(reversed(addresses), reversed(given)):
        if address is None and addresses:
            return
        yield address or "", scheme or (given[0] if given else None)


def _of_forwarded(forwarded: tuple[str, ...], _: tuple[str, ...]) -> _Hops:
    for element in elements_from_the_right(forwarded):
        yield element.get("for", ""), element.get("proto")


def _parts(fields: tuple[str, ...]) -> list[str]:
    # Empty elements of a list are ignored (RFC 9110, 5.6.1.2).
    return [kept for field in fields for part in field.split(",") if (kept := part.strip(" \t"))]


_READERS = {"x-forwarded-for": _of_x_forwarded_for, "forwarded": _of_forwarded}
