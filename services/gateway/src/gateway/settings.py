"""The gateway's settings."""

from socket import gethostname
from typing import Annotated, Literal

import msgspec

from gateway.base_url import judge_base_url
from servicekit.bind import Bind, refuse_overlap
from servicekit.client_address import parse_network
from servicekit.hosts import Host
from servicekit.origins import Origin
from servicekit.secret import Secret
from servicekit.trusted_proxies import ForwardedField, TrustedProxies
from sessionhttp.settings import SessionSettings

Url = Annotated[str, msgspec.Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:_-]+/?$")]


class GatewaySettings(SessionSettings, frozen=True, kw_only=True):
    """HOLDFAST_* of the gateway, on top of those of sessions."""

    auth_urls: Annotated[tuple[Url, ...], msgspec.Meta(min_length=1)]
    service_token: Secret
    routes: str | None = None
    instance: str = msgspec.field(default_factory=gethostname)
    served_by: bool = True
    hsts: Literal["subdomains", "host", "off"] = "subdomains"
    bind: Bind = Bind("127.0.0.1", 8080)
    internal_bind: Bind = Bind("127.0.0.1", 9080)
    hosts: tuple[Host, ...] = ()
    allowed_origins: tuple[Origin, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    forwarded_field: ForwardedField = "x-forwarded-for"
    assertion_key_file: str | None = None
    assertion_other_key_files: tuple[str, ...] = ()
    log_format: Literal["console", "json"] = "json"

    def __post_init__(self) -> None:
        """Raise ValueError for what no single type can tell."""
        super().__post_init__()
        refuse_overlap(self.bind, self.internal_bind)
        for url in self.auth_urls:
            try:
                judge_base_url(url)
            except ValueError as error:
                raise ValueError(f"HOLDFAST_AUTH_URLS is malformed: {error}") from None
        try:
            _ = self.proxies
        except ValueError as error:
            raise ValueError(f"HOLDFAST_TRUSTED_PROXIES is malformed: {error}") from None
        try:
            for url in self.auth_urls:
                Origin.parse(url.rstrip("/"))
        except ValueError as error:
            raise ValueError(f"HOLDFAST_AUTH_URLS is malformed: {error}") from None

    @property
    def proxies(self) -> TrustedProxies:
        """The proxies in front that are believed about a client's address and scheme."""
        return TrustedProxies([*map(parse_network, self.trusted_proxies)], self.forwarded_field)
