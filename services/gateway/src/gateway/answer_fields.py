"""The header fields that answers carry beyond their own (ASVS 5.0 3.4, OWASP HTTP Headers)."""

from collections.abc import Iterable
from typing import NamedTuple

from gateway.headers import RawHeaders
from gateway.settings import GatewaySettings
from servicekit.hosts import Host

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


class Choice(NamedTuple):
    """The fields of a service's answer, of the gateway's own, and of one about a session."""

    proxied: Ready
    own: Ready
    session: Ready

    @classmethod
    def of(cls, always: RawHeaders) -> "Choice":
        """Put `always` before what each kind has besides."""
        kinds: tuple[RawHeaders, ...] = ([], _OURS, [*_OURS, *_OF_A_SESSION])
        return cls(*(Ready.of([*always, *more]) for more in kinds))


class AnswerFields:
    """Chooses the fields; made once, since this comes with every answer."""

    def __init__(self, config: GatewaySettings) -> None:
        always: RawHeaders = [(b"server", b"holdfast")]
        if config.served_by:
            always.append((b"x-served-by", config.instance.encode()))
        self._plain = self._over_tls = Choice.of(always)
        # A secure cookie says that browsers come over TLS.
        if config.cookie_secure and config.hsts in _HSTS:
            hsts = (b"strict-transport-security", _HSTS[config.hsts].encode())
            self._over_tls = Choice.of([*always, hsts])
        self._names = frozenset(name for name, _ in self._over_tls.session.fields)

    def to_add(
        self, present: RawHeaders, host: Host | None, *, proxied: bool, about_session: bool
    ) -> Ready:
        """Return what an answer with the fields `present`, to a request for `host`, lacks."""
        # All programs of a person's machine share that name, and test certificates are often for
        # it. A promise of TLS, which browsers keep for two years and for every port, would break
        # the others.
        local = host is not None and host.is_localhost
        choice = self._plain if local else self._over_tls
        wanted = choice.session if about_session else choice.proxied if proxied else choice.own
        names = {name for name, _ in present}
        if self._names.isdisjoint(names):
            return wanted
        return Ready.of(field for field in wanted.fields if field[0] not in names)
