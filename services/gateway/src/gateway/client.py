"""The connections to upstreams: aiohttp's pool, without the session that a proxy does not need."""

import asyncio
from typing import NamedTuple, Self

import aiohttp
from yarl import URL

from gateway.hop import Hop, Stale
from gateway.order import Order
from gateway.outbox import Outbox

CONNECT_SECONDS = 2.0
_TIMES = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS)


class _Place(NamedTuple):
    """An upstream: what the pool knows it by, and what stands before every target."""

    known_by: aiohttp.ClientRequest
    path: str


class Client:
    """Asks upstreams, over connections that all forwarding shares; WebSockets begin here, too.

    aiohttp's session is not used. It follows redirects, keeps cookies, reads proxies and netrc from
    the environment, decompresses and adds fields; and it costs as much again (docs/decisions/0010).
    """

    def __init__(self) -> None:
        self._connector = aiohttp.TCPConnector(limit=0, ttl_dns_cache=5, keepalive_timeout=15)
        self._places: dict[str, _Place] = {}
        self.loop = asyncio.get_running_loop()  # asked once, for it costs a system call
        self._outbox = Outbox(self.loop)

    async def __aenter__(self) -> Self:
        """Be open."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Close all connections."""
        await self._connector.close()

    async def ask(self, base: str, order: Order) -> Hop:
        """Return the hop with an answer that has begun. Raises aiohttp's errors, OSError.

        `base`: the upstream's URL without a slash at its end. What may be repeated is asked once
        more when it breaks off, for a connection that was kept may just have been closed (RFC 9112,
        9.3.1).
        """
        place = self._places.get(base) or self._remember(base)
        try:
            return await self._ask(place, order)
        except (aiohttp.ClientOSError, aiohttp.ServerDisconnectedError) as error:
            if isinstance(error, aiohttp.ClientConnectorError) or not (
                order.repeatable or isinstance(error, Stale)
            ):
                raise
        return await self._ask(place, order)

    async def _ask(self, place: _Place, order: Order) -> Hop:
        try:
            connection = await self._connector.connect(place.known_by, [], _TIMES)
        except TimeoutError as error:
            raise aiohttp.ConnectionTimeoutError from error
        hop = Hop(connection, self._outbox, self.loop)
        try:
            await hop.begin(place.path, order)
        except BaseException:
            hop.close()
            raise
        return hop

    def _remember(self, base: str) -> _Place:
        # There are as many as the settings name.
        url = URL(base, encoded=True)
        place = _Place(aiohttp.ClientRequest("GET", url), url.raw_path.removesuffix("/"))
        self._places[base] = place
        return place
