"""The header fields that answers carry beyond their own (ASVS 5.0 3.4, OWASP HTTP Headers)."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.headers import RawHeaders
from gateway.settings import GatewaySettings

_YEAR = "max-age=63072000"
_HSTS = {"subdomains": f"{_YEAR}; includeSubDomains", "host": _YEAR}
# What is ours loads nothing unless its own policy says so; a service behind decides for itself.
_OURS = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"content-security-policy", b"default-src 'none'; base-uri 'none'; frame-ancestors 'none'"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
]
_OF_A_SESSION = [(b"cache-control", b"no-store"), (b"vary", b"Cookie")]


class Ready(NamedTuple):
    """Fields, and the same as the lines of an answer's head."""

    fields: RawHeaders
    lines: bytes

    @classmethod
    def of(cls, fields: Iterable[tuple[bytes, bytes]]) -> "Ready":
        """Write the lines."""
        kept = [*fields]
        return cls(kept, b"".join(b"%s: %s\r\n" % pair for pair in kept))


class AnswerFields:
    """Chooses the fields; made once, since this comes with every answer."""

    def __init__(self, config: GatewaySettings) -> None:
        always: RawHeaders = [(b"server", b"holdfast")]
        if config.served_by:
            always.append((b"x-served-by", config.instance.encode()))
        # Browsers believe it over TLS only, which is what a secure cookie stands for.
        if config.cookie_secure and config.hsts in _HSTS:
            always.append((b"strict-transport-security", _HSTS[config.hsts].encode()))
        self._always = Ready.of(always)
        self._ours = Ready.of([*always, *_OURS])
        self._session = Ready.of([*always, *_OURS, *_OF_A_SESSION])
        self._names = frozenset(name for name, _ in self._session.fields)

    def to_add(self, present: RawHeaders, *, proxied: bool, about_session: bool) -> Ready:
        """Return what an answer with the fields `present` lacks."""
        wanted = self._session if about_session else self._always if proxied else self._ours
        names = {name for name, _ in present}
        if self._names.isdisjoint(names):
            return wanted
        return Ready.of(field for field in wanted.fields if field[0] not in names)
