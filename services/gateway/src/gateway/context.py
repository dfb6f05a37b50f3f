"""What the gateway is made of, handed to every part of it."""

from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from gateway.assertion import Signer
from gateway.client import Client
from gateway.crosssite import SAFE_METHODS, refuse_cross_site
from gateway.gate import Gate
from gateway.request import Request
from gateway.routes import RouteTable
from gateway.settings import GatewaySettings
from gateway.upstreams import Upstreams
from holdfast import Token
from holdfast.redis_async import AsyncRedisStore
from servicekit.hosts import Host
from servicekit.origins import Origin
from servicekit.problems import Problem
from servicekit.trusted_proxies import TrustedProxies
from sessionhttp.cookies import CookiePolicy
from sessionhttp.readiness import Readiness


@dataclass(frozen=True, slots=True)
class Context:
    """The parts that a request may need."""

    settings: GatewaySettings
    store: AsyncRedisStore
    http: Client
    routes: RouteTable
    cookies: CookiePolicy
    proxies: TrustedProxies
    upstreams: Upstreams
    gate: Gate
    signer: Signer | None = None
    readiness: Readiness | None = None

    def token(self, request: Request) -> Token:
        """Return the token of the session cookie. Raises Problem no-session, MalformedToken."""
        token = self.cookies.read(request.cookie_field)
        if token is None:
            raise Problem("no-session")
        return token

    def client_ip(self, request: Request) -> str:
        """Return the address the request came from, as far as it can be believed."""
        proxies = self.proxies
        forwarded = request.headers.getlist(proxies.field)
        return proxies.client(_peer(request), tuple(forwarded)).address

    def judge_site(self, request: Request, method: str, host: Host | None = None) -> None:
        """Refuse what another site made a browser send. Raises Problem cross-site.

        `host`: the one that the browser asked, where it is not the request's own.
        """
        fields = request.headers
        if method not in SAFE_METHODS and ("origin" in fields or "sec-fetch-site" in fields):
            own = Origin.of(self.scheme(request), host or request.scope["host"])
            refuse_cross_site(method, request.headers, own, self.settings.allowed_origins)

    def forwarded_host(self, request: Request) -> Host | None:
        """Return the host that a trusted proxy was asked for, if it says so."""
        given = request.headers.getlist("x-forwarded-host")
        if len(given) != 1 or not self.proxies.believes(_peer(request)):
            return None
        with suppress(ValueError):
            return Host.parse(given[0])
        return None

    def scheme(self, request: Request) -> str:
        """Return the scheme the client used, as far as it can be believed."""
        fields, proxies = request.headers, self.proxies
        forwarded, schemes = fields.getlist(proxies.field), fields.getlist(proxies.scheme_field)
        found = proxies.client(_peer(request), tuple(forwarded), tuple(schemes))
        return found.scheme or str(request.scope["scheme"])


def _peer(request: Request) -> str:
    client = request.scope["client"]
    return str(client[0]) if client else "0.0.0.0"  # noqa: S104 - no address known


def context_of(request: Request) -> Context:
    """Return the context that the edge put beside the request."""
    context: Any = request.scope["holdfast"]
    assert isinstance(context, Context)  # noqa: S101 - tells the type checker
    return context


def is_passive(request: Request) -> bool:
    """Tell whether the client asked not to keep the session alive."""
    return request.headers.get("x-session-passive") == "1"
