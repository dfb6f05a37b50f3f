"""Sends a request on and streams the answer back. Policy is here; the pool is aiohttp's."""

import asyncio
from collections.abc import AsyncIterator, Awaitable
from functools import cache
from typing import TypeVar

import aiohttp
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.headers import RawHeaders, from_upstream
from gateway.request import Request
from gateway.upstreams import BrokenOff, Unreached
from servicekit.problems import Problem

T = TypeVar("T")

CONNECT_SECONDS = 2.0
# A client that takes nothing for so long gives the upstream's connection back.
TAKE_SECONDS = 60.0
# Read ahead of a slow client, per answer; aiohttp stops reading at twice this.
READ_BYTES = 64 * 1024


def new_client() -> aiohttp.ClientSession:
    """Make the client that all forwarding shares: no cookies, no redirects, no decoding."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=5, keepalive_timeout=15),
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS),
        read_bufsize=READ_BYTES,
        skip_auto_headers=["user-agent", "accept", "accept-encoding", "content-type"],
    )


def has_body(request: Request) -> bool:
    """Tell whether the request was framed with a body."""
    return "transfer-encoding" in request.headers or request.headers.get(
        "content-length", "0"
    ) not in ("", "0")


class Body:
    """A request's body as it streams in, up to `most` bytes."""

    def __init__(self, request: Request, most: int) -> None:
        self._request, self._most = request, most
        self._deadline: asyncio.Timeout | None = None
        self._seconds = 0.0
        # aiohttp wraps what a body raises, so the reason is kept here.
        self.failure: Exception | None = None

    async def in_time(self, sending: Awaitable[T], seconds: float) -> T:
        """Await what sends this body: the upstream has `seconds` to take each chunk.

        The time that the client takes does not count. Raises TimeoutError.
        """
        async with asyncio.timeout(None) as self._deadline:
            self._seconds = seconds
            return await sending

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield its chunks. Raises Problem body-too-large, ClientDisconnect."""
        seen = 0
        try:
            async for chunk in self._request.stream():
                seen += len(chunk)
                if seen > self._most:
                    raise Problem("body-too-large")  # noqa: TRY301 - its reason is kept below
                if chunk:
                    self._run(self._seconds)
                    yield chunk
                    self._run(None)
        except (Problem, ClientDisconnect) as error:
            self.failure = error
            raise

    def _run(self, seconds: float | None) -> None:
        if self._deadline:
            now = asyncio.get_running_loop().time()
            self._deadline.reschedule(None if seconds is None else now + seconds)


class Answer:
    """An upstream's answer on its way to the client, as an ASGI response."""

    def __init__(self, response: aiohttp.ClientResponse, *, cookies: bool) -> None:
        """Take a response. `cookies`: it comes from a service that may set our cookie."""
        self._response, self._cookies = response, cookies

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it on, chunk by chunk. Raises Problem upstream-unreachable, upstream-timeout."""
        try:
            chunks = aiter(self._response.content.iter_any())
            # The server holds fields back until the first chunk, so nothing is late by waiting
            # for it, and an answer that breaks before is still told as a 502.
            first = await anext(chunks, b"")
            await self._start(send)
            await _send_chunk(send, first)
            async for chunk in chunks:
                await _send_chunk(send, chunk)
            await send({"type": "http.response.body", "body": b""})
        except TimeoutError:
            raise Problem("upstream-timeout") from None
        except (aiohttp.ClientError, OSError):
            raise Problem("upstream-unreachable") from None
        finally:
            self._response.close()

    async def _start(self, send: Send) -> None:
        headers = from_upstream(self._response.raw_headers, cookies=self._cookies)
        start = {"type": "http.response.start", "status": self._response.status, "headers": headers}
        try:
            await send(start)
        except Exception as error:
            raise aiohttp.ClientError("fields that the server will not send") from error


async def _send_chunk(send: Send, chunk: bytes) -> None:
    if chunk:
        async with asyncio.timeout(TAKE_SECONDS):
            await send({"type": "http.response.body", "body": chunk, "more_body": True})


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


@cache
def _timeout(read_seconds: float) -> aiohttp.ClientTimeout:
    # There are as many as routes have different ones.
    return aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_SECONDS, sock_read=read_seconds)


async def forward(
    client: aiohttp.ClientSession,
    request: Request,
    url: str,
    headers: RawHeaders,
    body: Body | bytes | None,
    timeout_seconds: float,
) -> aiohttp.ClientResponse:
    """Send the request to `url`, byte for byte as it stands.

    `timeout_seconds`: for taking each chunk of the body, then for each wait for the answer.
    Raises Unreached, BrokenOff, Problem upstream-timeout, and what reading the body raises.
    """
    sending = client.request(
        request.method,
        URL(url, encoded=True),
        headers=[(name.decode(), value.decode()) for name, value in headers],
        data=aiter(body) if isinstance(body, Body) else body,
        allow_redirects=False,
        timeout=_timeout(timeout_seconds),
    )
    try:
        response = await (
            body.in_time(sending, timeout_seconds) if isinstance(body, Body) else sending
        )
    except (aiohttp.ClientError, OSError, ValueError) as error:
        failure = failure_of(error)
        if isinstance(failure, BrokenOff) and isinstance(body, Body) and body.failure:
            raise body.failure from None
        raise failure from error
    if response.status < 200:  # noqa: PLR2004 - 101 to a request that asked for no other protocol
        response.close()
        raise BrokenOff("upstream-unreachable")
    return response
