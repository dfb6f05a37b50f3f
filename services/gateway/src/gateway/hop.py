"""One request to an upstream and its answer, over one of aiohttp's connections."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from typing import NamedTuple

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import StreamWriter
from aiohttp.streams import EMPTY_PAYLOAD
from multidict import CIMultiDict

from gateway.headers import RawHeaders
from gateway.outbox import Outbox

# Read ahead of a slow client, per answer; aiohttp stops reading at twice this.
READ_BYTES = 64 * 1024

_BODILESS = frozenset(("GET", "HEAD", "OPTIONS"))
_IDEMPOTENT = frozenset((*_BODILESS, "PUT", "DELETE"))
_INTERIM = frozenset(range(100, 200)) - {101}
# Each begins the wait for an answer anew.
_MOST_INTERIM = 16


class Order(NamedTuple):
    """What an upstream is asked. `seconds`: to take each chunk, then for each wait."""

    method: str
    target: str
    fields: RawHeaders
    body: AsyncIterable[bytes] | bytes | None
    seconds: float

    @property
    def repeatable(self) -> bool:
        """Tell whether asking the same instance twice does no harm and is possible."""
        return self.method in _IDEMPOTENT and not isinstance(self.body, AsyncIterable)


class Stale(aiohttp.ServerDisconnectedError):
    """A kept connection was no longer good, and nothing was sent on it."""


class Hop:
    """A request to an upstream and its answer: `status`, raw `fields`, and the body by `read`."""

    def __init__(
        self, connection: Connection, outbox: Outbox, loop: asyncio.AbstractEventLoop
    ) -> None:
        assert connection.protocol is not None  # noqa: S101 - it was just acquired
        self._connection, self._protocol, self._outbox = connection, connection.protocol, outbox
        self._writer = StreamWriter(self._protocol, loop)
        self._upload: asyncio.Task[None] | None = None
        self._content, self._seconds = EMPTY_PAYLOAD, 0.0
        self._broken: Exception | None = None
        self.status = 0
        self.fields: Sequence[tuple[bytes, bytes]] = ()

    async def begin(self, path: str, order: Order) -> None:
        """Send the request, `path` before its target, and wait for the head of the answer.

        Raises aiohttp's errors, OSError, ValueError for fields that cannot be sent, and what the
        body raises.
        """
        protocol = self._protocol
        if protocol.should_close:
            # What came when nobody had asked must not be taken for this answer.
            raise Stale
        protocol.set_response_params(
            skip_payload=order.method == "HEAD",
            read_until_eof=True,
            auto_decompress=False,
            read_timeout=order.seconds,
            read_bufsize=READ_BYTES,
        )
        await self._send(path, order)
        message, content = await protocol.read()
        interim = 0
        while message.code in _INTERIM:
            interim += 1
            if interim > _MOST_INTERIM:
                raise aiohttp.ServerDisconnectedError
            if self._sent:
                protocol.start_timeout()
            message, content = await protocol.read()
        self.status, self.fields, self._content = message.code, message.raw_headers, content
        self._seconds = order.seconds
        if self._broken is not None:
            content.set_exception(self._broken)
        content.on_eof(self._ended)

    async def _send(self, path: str, order: Order) -> None:
        body, writer = order.body, self._writer
        fields = CIMultiDict([(name.decode(), value.decode()) for name, value in order.fields])
        if "content-length" not in fields:
            if isinstance(body, AsyncIterable):
                fields["transfer-encoding"] = "chunked"
                writer.enable_chunking()
            elif body or order.method not in _BODILESS:
                fields["content-length"] = str(len(body or b""))
        await writer.write_headers(f"{order.method} {path}{order.target} HTTP/1.1", fields)
        if isinstance(body, AsyncIterable):
            self._upload = asyncio.create_task(self._send_body(body, order.seconds))
            return
        if body:
            await writer.write(body, drain=False)
        self._outbox.add(self)

    def flush(self) -> None:
        """Send the request, at the end of the turn of the event loop that it came up in."""
        try:
            self._writer.set_eof()
        except aiohttp.ClientError:
            # The connection was closed in this turn, like one that was found closed later.
            self._protocol.set_exception(aiohttp.ServerDisconnectedError())
        else:
            self._protocol.start_timeout()

    async def _send_body(self, body: AsyncIterable[bytes], seconds: float) -> None:
        """Send the body beside the answer, which may begin before. The client's time is free."""
        try:
            async for chunk in body:
                async with asyncio.timeout(seconds):
                    await self._writer.write(chunk)
            async with asyncio.timeout(seconds):
                await self._writer.write_eof()
        except (aiohttp.ClientError, ConnectionError) as error:
            # What came of the answer, as to a request that was too large, is still good.
            self._protocol.set_exception(error)
        except Exception as error:  # noqa: BLE001 - whoever waits for the answer raises it
            self._broken = error
            self._protocol.set_exception(error)
            self._content.set_exception(error)
        else:
            self._protocol.start_timeout()

    async def read(self) -> bytes:
        """Return what came of the answer's body, empty at its end. Raises as `begin` does."""
        content = self._content
        try:
            if content.is_eof():
                return await content.readany()
            # aiohttp's own clock stops when an answer turns out to be broken.
            async with asyncio.timeout(self._seconds):
                return await content.readany()
        except RuntimeError as error:
            raise aiohttp.ClientConnectionError from error

    @property
    def is_over(self) -> bool:
        """Tell whether there is nothing left to read."""
        return self._content.at_eof()

    @property
    def _sent(self) -> bool:
        return self._upload is None or self._upload.done()

    def _ended(self) -> None:
        """Give the connection back as soon as the answer is here, however slow the client is."""
        if self._sent:
            # The clock is the next one's to start.
            self._protocol.read_timeout = None
            self._protocol.start_timeout()
            self._connection.release()
        else:
            self._part()

    def close(self) -> None:
        """Close the connection unless it was given back, and read no more."""
        self._part()
        self._content = EMPTY_PAYLOAD

    def _part(self) -> None:
        if self._upload is not None:
            self._upload.cancel()
        self._connection.close()
