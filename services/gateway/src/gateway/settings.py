"""The gateway's settings."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Literal

from servicekit.secret import Secret
from sessionhttp.settings import SessionSettings

Network = IPv4Network | IPv6Network


class GatewaySettings(SessionSettings, frozen=True, kw_only=True):
    """HOLDFAST_* of the gateway, on top of those of sessions."""

    auth_urls: tuple[str, ...]
    service_token: Secret
    routes: str | None = None
    instance: str = "gateway"
    served_by: bool = True
    hsts: Literal["subdomains", "host", "off"] = "subdomains"
    bind: str = "127.0.0.1:8080"
    internal_bind: str = "127.0.0.1:9080"
    hosts: tuple[str, ...] = ()
    allowed_origins: tuple[str, ...] = ()
    trusted_proxies: tuple[str, ...] = ()
    log_format: Literal["console", "json"] = "json"

    @property
    def trusted_networks(self) -> tuple[Network, ...]:
        """Whose X-Forwarded-For is believed. Raises ValueError."""
        return tuple(ip_network(text) for text in self.trusted_proxies)
