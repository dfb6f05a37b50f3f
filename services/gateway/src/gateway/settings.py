"""The gateway's settings."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from socket import gethostname
from typing import Annotated, Literal

import msgspec

from servicekit.bind import Bind, refuse_overlap
from servicekit.secret import Secret
from sessionhttp.settings import SessionSettings

Network = IPv4Network | IPv6Network
Origin = Annotated[str, msgspec.Meta(pattern=r"^https?://[A-Za-z0-9.\[\]:_-]+$")]
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
    hosts: tuple[str, ...] = ()
    allowed_origins: tuple[Origin, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    assertion_key_file: str | None = None
    assertion_other_key_files: tuple[str, ...] = ()
    log_format: Literal["console", "json"] = "json"

    def __post_init__(self) -> None:
        """Raise ValueError for what no single type can tell."""
        super().__post_init__()
        refuse_overlap(self.bind, self.internal_bind)
        try:
            _ = self.trusted_networks
        except ValueError as error:
            raise ValueError(f"HOLDFAST_TRUSTED_PROXIES is malformed: {error}") from None

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """Whose X-Forwarded-For is believed."""
        return tuple(ip_network(text) for text in self.trusted_proxies)
