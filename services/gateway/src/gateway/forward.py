"""Sends a request on and streams the answer back."""

import asyncio
import math
from collections.abc import Callable

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from gateway.client import Client
from gateway.faults import BrokenOff, Fault, fault_of
from gateway.headers import from_upstream
from gateway.hop import SWITCHING, Hop
from gateway.order import Order

# A client that takes nothing for so long gives the upstream's connection back.
TAKE_SECONDS = 60.0


class Answer:
    """An upstream's answer on its way to the client, as an ASGI response."""

    def __init__(
        self,
        hop: Hop,
        failed: Callable[[Fault], None],
        *,
        cookies: bool,
        most_bytes: float = math.inf,
    ) -> None:
        """Take an answer that has begun. `cookies`: its service may set our cookie.

        A body that is longer than `most_bytes` is cut, which its framing shows.
        """
        self._hop, self._failed, self._cookies = hop, failed, cookies
        self._left = most_bytes
        self.status = hop.status

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it on, chunk by chunk. Raises Fault, ClientDisconnect."""
        hop = self._hop
        try:
            # The server holds fields back until the first chunk, so nothing is late by waiting
            # for it, and an answer that breaks before is still told as a 502.
            chunk = await hop.read()
            if hop.is_over:
                await self._start(send, chunk)
                return
            await self._start(send)
            while not hop.is_over:
                self._left -= len(chunk)
                if self._left < 0:
                    return
                await _send_chunk(send, chunk, more=True)
                chunk = await hop.read()
            await _send_chunk(send, chunk, more=False)
        except (aiohttp.ClientError, OSError) as error:
            fault = fault_of(error)
            self._failed(fault)
            raise fault from None
        finally:
            hop.close()

    async def _start(self, send: Send, whole: bytes | None = None) -> None:
        """Send status and fields, with the `whole` body if it is there (see gateway.exchange)."""
        fields = from_upstream(self._hop.fields, cookies=self._cookies)
        start = {"type": "http.response.start", "status": self.status, "headers": fields}
        if whole is not None:
            start["body"] = whole
        try:
            await send(start)
        except Exception as error:
            # Fields that the server will not send.
            fault = BrokenOff("malformed")
            self._failed(fault)
            raise fault from error


async def _send_chunk(send: Send, chunk: bytes, *, more: bool) -> None:
    try:
        async with asyncio.timeout(TAKE_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": more})
    except TimeoutError:
        raise ClientDisconnect from None


async def begin(client: Client, base: str, order: Order) -> Hop:
    """Send an order to the upstream at `base`, and return it with an answer that has begun.

    Raises Fault, Unreached and BrokenOff among them, and what reading the body raises.
    """
    try:
        return await client.ask(base, order)
    except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
        raise fault_of(error) from error


async def forward(client: Client, base: str, order: Order) -> Hop:
    """Begin an order that asks for no other protocol. Raises as `begin` does."""
    hop = await begin(client, base, order)
    if hop.status == SWITCHING:
        hop.close()
        raise BrokenOff("malformed")
    return hop
