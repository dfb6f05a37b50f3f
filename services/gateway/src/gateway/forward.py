"""Sends a request on and streams the answer back. Policy is here; the pool is aiohttp's."""

from collections.abc import AsyncIterator

import aiohttp
from starlette.requests import ClientDisconnect, Request
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.headers import RawHeaders, without_hop_by_hop
from servicekit.problems import Problem

CONNECT_SECONDS = 2.0
VIA = b"1.1 holdfast"
_NO_BODY_METHODS = frozenset({"GET", "HEAD", "OPTIONS", "TRACE"})


def new_client() -> aiohttp.ClientSession:
    """Make the client that all forwarding shares: no cookies, no redirects, no decoding."""
    return aiohttp.ClientSession(
        cookie_jar=aiohttp.DummyCookieJar(),
        auto_decompress=False,
        connector=aiohttp.TCPConnector(limit=0, ttl_dns_cache=5, keepalive_timeout=15),
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
        # aiohttp wraps what a body raises, so the reason is kept here.
        self.too_large = False

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Yield its chunks. Raises Problem body-too-large."""
        seen = 0
        async for chunk in self._request.stream():
            seen += len(chunk)
            if seen > self._most:
                self.too_large = True
                raise Problem("body-too-large")
            if chunk:
                yield chunk


class Answer:
    """An upstream's answer on its way to the client, as an ASGI response."""

    def __init__(self, response: aiohttp.ClientResponse, drop_cookie: bytes) -> None:
        self._response, self._drop = response, drop_cookie.lower() + b"="

    def _headers(self) -> RawHeaders:
        kept = without_hop_by_hop(self._response.raw_headers)
        ours = [
            (name, value)
            for name, value in kept
            if not (name == b"set-cookie" and value.lstrip().lower().startswith(self._drop))
        ]
        return [*ours, (b"via", VIA)]

    async def __call__(self, _: Scope, __: Receive, send: Send) -> None:
        """Send it on, chunk by chunk."""
        try:
            await send(
                {
                    "type": "http.response.start",
                    "status": self._response.status,
                    "headers": self._headers(),
                }
            )
            async for chunk in self._response.content.iter_any():
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
            await send({"type": "http.response.body", "body": b""})
        finally:
            self._response.close()


async def forward(
    client: aiohttp.ClientSession,
    request: Request,
    url: str,
    headers: RawHeaders,
    body: Body | bytes | None,
    timeout_seconds: float,
) -> aiohttp.ClientResponse:
    """Send the request to `url`, byte for byte as it stands.

    Raises Problem upstream-unreachable, upstream-timeout, aiohttp.ClientConnectorError (nothing
    was sent, so another instance may be tried).
    """
    try:
        return await client.request(
            request.method,
            URL(url, encoded=True),
            headers=[(name.decode("latin-1"), value.decode()) for name, value in headers],
            data=aiter(body) if isinstance(body, Body) else body,
            allow_redirects=False,
            timeout=aiohttp.ClientTimeout(
                total=None, sock_connect=CONNECT_SECONDS, sock_read=timeout_seconds
            ),
        )
    except aiohttp.ClientConnectorError:
        raise
    except TimeoutError:
        raise Problem("upstream-timeout") from None
    except ClientDisconnect:
        raise
    except (aiohttp.ClientError, OSError):
        too_large = isinstance(body, Body) and body.too_large
        raise Problem("body-too-large" if too_large else "upstream-unreachable") from None
