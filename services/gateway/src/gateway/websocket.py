"""WebSockets: tunnelled to the upstream for as long as the session lives (ASVS 7.4.1)."""

import asyncio
import random
import time
from typing import Any

import aiohttp
from aiohttp.http_websocket import WebSocketError
from starlette.types import Receive, Scope, Send

from gateway.handshake import Socket
from holdfast import Session
from holdfast.errors import StoreError
from holdfast.redis_async import AsyncRedisStore

# Every check asks the store once; with the one below, a session's end closes its sockets in 5 s.
CHECK_SECONDS = 2.0
# A session that cannot be confirmed for so long is not trusted further: nothing fails open.
UNCONFIRMED_SECONDS = 4.0

NORMAL, GOING_AWAY, POLICY_VIOLATION, TOO_BIG = 1000, 1001, 1008, 1009
INTERNAL_ERROR, TRY_AGAIN_LATER = 1011, 1013
_NO_CODE = (0, 1005)  # a close frame without one, as aiohttp and as gunicorn give it
_SENDABLE = range(1000, 5000)
_NEVER_SENT = (1004, 1005, 1006, 1015)

Closing = tuple[int, str]


class Tunnel:
    """Both sides of a WebSocket, as an ASGI response to its handshake."""

    def __init__(self, upstream: Socket, store: AsyncRedisStore, session: Session | None) -> None:
        self._upstream, self._store, self._session = upstream, store, session

    async def __call__(self, scope: Scope, _: Receive, send: Send) -> None:
        """Carry messages both ways until a side closes or the session ends."""
        try:
            await send({"type": "websocket.accept", "subprotocol": self._upstream.protocol})
            code, reason = await self._first(
                self._from_client(scope["websocket"]), self._from_upstream(send), self._watch()
            )
            # At once, for a side that does not answer a close is waited for.
            closed = send({"type": "websocket.close", "code": code, "reason": reason})
            await asyncio.gather(closed, self._upstream.close(code=GOING_AWAY))
        finally:
            await self._upstream.close(code=GOING_AWAY)

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
                code, reason = _sendable(message.get("code")), message.get("reason") or ""
                await self._upstream.close(code=code, message=reason.encode())
                return code, reason
            if message.get("text") is not None:
                await self._upstream.send_str(message["text"])
            elif message.get("bytes") is not None:
                await self._upstream.send_bytes(message["bytes"])

    async def _from_upstream(self, send: Send) -> Closing:
        kinds = aiohttp.WSMsgType
        while True:
            message = await self._upstream.receive()
            match message.type:
                case kinds.TEXT:
                    await send({"type": "websocket.send", "text": message.data})
                case kinds.BINARY:
                    await send({"type": "websocket.send", "bytes": message.data})
                case kinds.CLOSE:
                    code = _sendable(message.data)
                    await self._upstream.close(code=code)
                    return code, message.extra or ""
                case kinds.ERROR:
                    return _of_a_broken_peer(message.data)
                case kinds.CLOSING:
                    # The client closes; who passes that on waits for this side's answer to it.
                    await asyncio.get_running_loop().create_future()
                case _:
                    return GOING_AWAY, ""

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
                live = await self._store.peek(self._session.user.id, self._session.id)
            except StoreError:
                if time.monotonic() - confirmed > UNCONFIRMED_SECONDS:
                    return TRY_AGAIN_LATER, "the session cannot be confirmed"
                continue
            confirmed = time.monotonic()
            if live is None:
                return POLICY_VIOLATION, "the session is over"


def _of_a_broken_peer(error: object) -> Closing:
    if isinstance(error, WebSocketError) and error.code == TOO_BIG:
        return TOO_BIG, "a message of the service is too big"
    return INTERNAL_ERROR, "the service broke the protocol"


def _sendable(code: int | None) -> int:
    """Return a close code as it may be sent on (RFC 6455, 7.4.1)."""
    if code in _NO_CODE:
        return NORMAL
    if code is None or code not in _SENDABLE or code in _NEVER_SENT:
        return GOING_AWAY
    return code
