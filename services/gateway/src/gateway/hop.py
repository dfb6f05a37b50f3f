"""One request to an upstream and its answer, over one of aiohttp's connections."""

import asyncio
from collections.abc import AsyncIterable, Sequence
from itertools import chain

import aiohttp
from aiohttp.connector import Connection
from aiohttp.http import StreamWriter
from aiohttp.http_exceptions import BadStatusLine, LineTooLong
from aiohttp.streams import EMPTY_PAYLOAD

from gateway.order import Order
from gateway.outbox import Outbox

# Read ahead of a slow client, per answer; aiohttp stops reading at twice this.
READ_BYTES = 64 * 1024
# Of an answer: what common services send is far below, what common clients take is not far above.
MOST_FIELDS, MOST_FIELD_BYTES, MOST_HEAD_BYTES = 500, 32 * 1024, 64 * 1024

SWITCHING = 101
_LEAST_STATUS = 100
_INTERIM = frozenset(range(100, 200)) - {SWITCHING}
# Each begins the wait for an answer anew.
_MOST_INTERIM = 16


class Stale(aiohttp.ServerDisconnectedError):
    """A kept connection was no longer good, and nothing was sent on it."""


class Hop:
    """A request to an upstream and its answer: `status`, raw `fields`, and the body by `read`.

    With status 101 there is no body: `connection` carries what the two sides agreed on.
    """

    def __init__(
        self, connection: Connection, outbox: Outbox, loop: asyncio.AbstractEventLoop
    ) -> None:
        assert connection.protocol is not None  # noqa: S101 - it was just acquired
        self.connection, self._protocol, self._outbox = connection, connection.protocol, outbox
        self._writer = StreamWriter(self._protocol, loop)
        self._upload: asyncio.Task[None] | None = None
        self._content, self._seconds = EMPTY_PAYLOAD, 0.0
        self._broken: Exception | None = None
        self._waiting = b""  # to be sent at the end of this turn
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
            max_field_size=MOST_FIELD_BYTES,
            max_headers=MOST_FIELDS,
        )
        self._send(order.head(path), order)
        message, content = await protocol.read()
        interim = 0
        while message.code in _INTERIM:
            interim += 1
            if interim > _MOST_INTERIM:
                raise aiohttp.ServerDisconnectedError
            if self._sent:
                protocol.start_timeout()
            message, content = await protocol.read()
        if message.code < _LEAST_STATUS:
            # The parser reads "099" as 99, which is not a status line when it is sent on.
            raise BadStatusLine(f"status {message.code}")
        self.status, self.fields, self._content = message.code, message.raw_headers, content
        self._seconds = order.seconds
        if sum(map(len, chain.from_iterable(self.fields))) > MOST_HEAD_BYTES:
            raise LineTooLong("all fields together", MOST_HEAD_BYTES)
        if self._broken is not None:
            content.set_exception(self._broken)
        if self.status != SWITCHING:
            content.on_eof(self._ended)

    def _send(self, head: bytes, order: Order) -> None:
        if isinstance(order.body, AsyncIterable):
            sending = self._send_body(head, order.body, order.seconds, chunked=order.chunked)
            self._upload = asyncio.create_task(sending)
        else:
            self._waiting = head + order.body if order.body else head
            self._outbox.add(self)

    def flush(self) -> None:
        """Send the request, at the end of the turn of the event loop that it came up in."""
        transport = self._protocol.transport
        if transport is None or transport.is_closing():
            # The connection was closed in this turn, like one that was found closed later.
            self._protocol.set_exception(aiohttp.ServerDisconnectedError())
        else:
            transport.write(self._waiting)
            self._protocol.start_timeout()

    async def _send_body(
        self, head: bytes, body: AsyncIterable[bytes], seconds: float, *, chunked: bool
    ) -> None:
        """Send the body beside the answer, which may begin before. The client's time is free.

        The head goes along with the first of it.
        """
        before, end = head, b"0\r\n\r\n" if chunked else b""
        try:
            async for chunk in body:
                framed = b"%x\r\n%b\r\n" % (len(chunk), chunk) if chunked else chunk
                async with asyncio.timeout(seconds):
                    await self._writer.write(before + framed if before else framed)
                before = b""
            async with asyncio.timeout(seconds):
                await self._writer.write(before + end)
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
            self.connection.release()
        else:
            self._part()

    def close(self) -> None:
        """Close the connection unless it was given back, and read no more."""
        self._part()
        self._content = EMPTY_PAYLOAD

    def _part(self) -> None:
        if self._upload is not None:
            self._upload.cancel()
        self.connection.close()
