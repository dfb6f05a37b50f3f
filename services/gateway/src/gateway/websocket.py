"""WebSockets: tunnelled to the upstream for as long as the session lives (ASVS 7.4.1)."""

import asyncio
import random
import time
from typing import Any

import aiohttp
from starlette.types import Receive, Scope, Send
from yarl import URL

from gateway.forward import failure_of
from gateway.headers import RawHeaders
from holdfast import Session
from holdfast.errors import StoreError
from holdfast.redis_async import AsyncRedisStore
from servicekit.problems import Problem

# Every check asks the store once; with the one below, a session's end closes its sockets in 5 s.
CHECK_SECONDS = 2.0
# A session that cannot be confirmed for so long is not trusted further: nothing fails open.
UNCONFIRMED_SECONDS = 4.0
MOST_MESSAGE_BYTES = 1024 * 1024

GOING_AWAY, POLICY_VIOLATION, TRY_AGAIN_LATER = 1001, 1008, 1013
_SENDABLE = range(1000, 5000)
_NEVER_SENT = (1004, 1005, 1006, 1015)
_OF_THIS_HOP = (b"sec-websocket-", b"content-length")

Upstream = aiohttp.ClientWebSocketResponse[Any]
Closing = tuple[int, str]


async def connect(
    http: aiohttp.ClientSession, url: str, headers: RawHeaders, timeout_seconds: float
) -> Upstream:
    """Open the upstream's side. Raises Unreached, BrokenOff, Problem upstream-timeout."""
    protocols = [
        one.strip()
        for name, value in headers
        if name == b"sec-websocket-protocol"
        for one in value.decode("latin-1").split(",")
    ]
    kept = [pair for pair in headers if not pair[0].startswith(_OF_THIS_HOP)]
    try:
        async with asyncio.timeout(timeout_seconds):
            return await http.ws_connect(
                URL(url, encoded=True),
                headers=[(name.decode(), value.decode()) for name, value in kept],
                protocols=protocols,
                max_msg_size=MOST_MESSAGE_BYTES,
            )
    except aiohttp.WSServerHandshakeError as error:
        raise Problem("upstream-unreachable", f"The service answered {error.status}.") from None
    except (aiohttp.ClientError, OSError, ValueError) as error:
        raise failure_of(error) from error


class Tunnel:
    """Both sides of a WebSocket, as an ASGI response to its handshake."""

    def __init__(self, upstream: Upstream, store: AsyncRedisStore, session: Session | None) -> None:
        self._upstream, self._store, self._session = upstream, store, session

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Carry messages both ways until a side closes or the session ends."""
        try:
            await send({"type": "websocket.accept", "subprotocol": self._upstream.protocol})
            code, reason = await self._first(
                self._from_client(scope["websocket"]), self._from_upstream(send), self._watch()
            )
        finally:
            await self._upstream.close(code=GOING_AWAY)
        await send({"type": "websocket.close", "code": code, "reason": reason})

    async def _first(self, *ways: Any) -> Closing:
        tasks = [asyncio.ensure_future(way) for way in ways]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            closing: Closing = next(iter(done)).result()
        except (aiohttp.ClientError, OSError):
            return GOING_AWAY, "a side is gone"
        else:
            return closing
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _from_client(self, receive: Receive) -> Closing:
        while True:
            message = await receive()
            if message["type"] == "websocket.disconnect":
                code = _sendable(message.get("code"))
                await self._upstream.close(code=code)
                return code, ""
            if message.get("text") is not None:
                await self._upstream.send_str(message["text"])
            elif message.get("bytes") is not None:
                await self._upstream.send_bytes(message["bytes"])

    async def _from_upstream(self, send: Send) -> Closing:
        async for message in self._upstream:
            kind = "text" if message.type is aiohttp.WSMsgType.TEXT else "bytes"
            await send({"type": "websocket.send", kind: message.data})
        return _sendable(self._upstream.close_code), ""

    async def _watch(self) -> Closing:
        """Return when the session is over, or cannot be confirmed; never for nobody's.

        Asked by its public id, not its token: a token rotated meanwhile would count as reuse. It
        does not keep the session alive.
        """
        confirmed = time.monotonic()
        while True:
            await asyncio.sleep(CHECK_SECONDS * random.uniform(0.8, 1))  # noqa: S311 - no secret
            if self._session is None or self._session.user is None:
                continue
            try:
                live = await self._store.list_user(self._session.user.id)
            except StoreError:
                if time.monotonic() - confirmed > UNCONFIRMED_SECONDS:
                    return TRY_AGAIN_LATER, "the session cannot be confirmed"
                continue
            confirmed = time.monotonic()
            if self._session.id not in {one.id for one in live}:
                return POLICY_VIOLATION, "the session is over"


def _sendable(code: int | None) -> int:
    """Return a close code as it may be sent on (RFC 6455, 7.4.1)."""
    if code is None or code not in _SENDABLE or code in _NEVER_SENT:
        return GOING_AWAY
    return code
