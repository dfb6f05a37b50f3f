"""Sends a request on and streams the answer back: what may go wrong, and what it is told as."""

import asyncio

import aiohttp
from aiohttp.http_exceptions import HttpProcessingError
from starlette.types import Receive, Scope, Send

from gateway.client import Client
from gateway.headers import from_upstream
from gateway.hop import Hop, Order
from gateway.upstreams import BrokenOff, Unreached
from servicekit.problems import Problem

# A client that takes nothing for so long gives the upstream's connection back.
TAKE_SECONDS = 60.0


class Answer:
    """An upstream's answer on its way to the client, as an ASGI response."""

    def __init__(self, hop: Hop, *, cookies: bool) -> None:
        """Take an answer that has begun. `cookies`: its service may set our cookie."""
        self._hop, self._cookies = hop, cookies
        self.status = hop.status

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it on, chunk by chunk. Raises Problem upstream-unreachable, upstream-timeout."""
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
                await _send_chunk(send, chunk, more=True)
                chunk = await hop.read()
            await _send_chunk(send, chunk, more=False)
        except TimeoutError:
            raise Problem("upstream-timeout") from None
        except (aiohttp.ClientError, OSError):
            raise Problem("upstream-unreachable") from None
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
            raise aiohttp.ClientError("fields that the server will not send") from error


async def _send_chunk(send: Send, chunk: bytes, *, more: bool) -> None:
    async with asyncio.timeout(TAKE_SECONDS):
        await send({"type": "http.response.body", "body": chunk, "more_body": more})


def failure_of(error: Exception) -> Problem:
    """Return what an error of the client library, before any answer, is told as."""
    match error:
        case aiohttp.ConnectionTimeoutError():
            return Unreached("upstream-timeout")
        case aiohttp.ClientConnectorError():
            return Unreached("upstream-unreachable")
        case TimeoutError():
            return Problem("upstream-timeout")
        case _:
            return BrokenOff("upstream-unreachable")


async def forward(client: Client, base: str, order: Order) -> Hop:
    """Send an order to the upstream at `base`, and return it with an answer that has begun.

    Raises Unreached, BrokenOff, Problem upstream-timeout, and what reading the body raises.
    """
    try:
        hop = await client.ask(base, order)
    except (aiohttp.ClientError, HttpProcessingError, OSError, ValueError) as error:
        raise failure_of(error) from error
    if hop.status < 200:  # noqa: PLR2004 - 101 to a request that asked for no other protocol
        hop.close()
        raise BrokenOff("upstream-unreachable")
    return hop
