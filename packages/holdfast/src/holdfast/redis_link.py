"""One connection to Redis that all calls of an event loop share (docs/decisions/0004)."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Sequence
from typing import Any

import hiredis
from redis.asyncio.connection import AbstractConnection, DefaultParser
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import InvalidResponse, RedisError

from holdfast.calls import Call
from holdfast.errors import StoreUnavailable
from holdfast.redis_errors import translate

# For a reply that came in time to be read, by a process that stood still meanwhile.
_LAST_READ_S = 0.001


class Link(asyncio.Protocol):
    """A connection of the driver's with any number of calls on their way.

    The driver connects, by whatever way the URL tells; the link takes the bytes over from it. Redis
    answers in order: the reply that comes is the one to the oldest call, whether its caller still
    waits or not. `fit` ends when a call had no answer in time or the server said that it serves
    nobody; the calls that are on their way may still be answered, and then it closes.
    """

    def __init__(self, connection: AbstractConnection) -> None:
        self._connection, self.fit = connection, True
        self._loop = asyncio.get_running_loop()
        # No part of the driver's interface, but there in all its versions that we take.
        self._transport: Any = connection._writer.transport  # type: ignore[union-attr] # noqa: SLF001
        self._driver: Any = self._transport.get_protocol()
        self._transport.set_protocol(self)
        self._reader = hiredis.Reader(
            protocolError=InvalidResponse, replyError=DefaultParser.parse_error
        )
        self._leaving: list[bytes] = []
        self._waiting: deque[tuple[float, asyncio.Future[Any]]] = deque()
        self._watch: asyncio.TimerHandle | None = None
        # One for all that wait at a time: they met one stall, and the breaker counts it once.
        self._late = TimeoutError()

    def send(self, command: bytes, deadline: float) -> asyncio.Future[Any]:
        """Send a packed command with the others of this turn; return what will be its reply.

        `deadline` is a time of the loop's. Raises the driver's errors, and TimeoutError.
        """
        reply = self._loop.create_future()
        self._waiting.append((deadline, reply))
        if self._watch is None:
            self._watch = self._loop.call_at(deadline, self._look)
        if not self._leaving:
            self._loop.call_soon(self._depart)
        self._leaving.append(command)
        return reply

    def _depart(self) -> None:
        self._transport.write(b"".join(self._leaving))
        self._leaving.clear()

    def data_received(self, data: bytes) -> None:
        """Give each reply to who waits for it."""
        reader, waiting = self._reader, self._waiting
        reader.feed(data)
        try:
            # False is what the parser says where there is no whole reply; no reply of RESP2 is.
            while (reply := reader.gets()) is not False:
                future = waiting.popleft()[1]
                if isinstance(reply, RedisError):
                    self._refuse(future, reply)
                elif not future.done():
                    future.set_result(reply)
        except (InvalidResponse, IndexError):  # no Redis
            self.fit = False
            self._transport.abort()
        if not (self.fit or waiting):
            self._transport.close()

    def _refuse(self, future: asyncio.Future[Any], error: RedisError) -> None:
        # A server that serves nobody, or no writer: after a fail-over there is another.
        if isinstance(translate(error), StoreUnavailable):
            self.fit = False
        if not future.done():
            future.set_exception(error)

    def _look(self) -> None:
        """Look for calls that are overdue: one timer for all of them, since they queue up.

        Replies first: a loop may come to its timers before it reads what lies there.
        """
        self._watch = self._loop.call_later(_LAST_READ_S, self._judge)

    def _judge(self) -> None:
        self._watch = None
        now = self._loop.time()
        for deadline, future in self._waiting:
            if deadline > now:
                self._watch = self._loop.call_at(deadline, self._look)
                return
            self.fit = False
            if not future.done():
                future.set_exception(self._late)
        if not self.fit:
            self._transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Tell everybody who waits. Whether their calls were applied is not known."""
        self.fit = False
        if self._watch:
            self._watch.cancel()
        lost = LostConnection("the connection was lost")
        for _, future in self._waiting:
            if not future.done():
                future.set_exception(lost)
        self._waiting.clear()
        self._driver.connection_lost(exc)
        self._end = self._loop.create_task(self._connection.disconnect())

    async def close(self) -> None:
        """Hang up."""
        self.fit = False
        await self._connection.disconnect()


class Links:
    """Keeps one link over connections that `make` gives, and makes the next when it is unfit."""

    def __init__(self, make: Callable[[], Any], timeout_s: float) -> None:
        self._make_connection, self._timeout_s = make, timeout_s
        self._link: Link | None = None
        self._connecting: asyncio.Task[Link] | None = None

    def send(self, call: Call[Any], deadline: float, *, whole: bool = False) -> Awaitable[Any]:
        """Send a call; its reply is to be awaited. Raises the driver's errors, and TimeoutError.

        `whole`: with its script's text. `deadline` is a time of the loop's, until which it is
        answered or has failed.
        """
        link, packed = self._link, call.packed
        if whole or not packed:
            words: Any = call.words(whole=whole)  # the driver's types know tuples of one word
            packed = hiredis.pack_command(words)
        if link is not None and link.fit:
            return link.send(packed, deadline)
        return self._send_by_the_next(packed, deadline)

    async def _send_by_the_next(self, packed: bytes, deadline: float) -> Any:
        # The time is kept here for who waited: on the link those behind have later deadlines.
        async with asyncio.timeout_at(deadline):
            return await (await self._connect()).send(packed, deadline)

    async def alone(self, call: Call[Any], deadline: float, wait: Sequence[Any]) -> list[Any]:
        """Send a call and the WAIT for its replicas over a connection of their own.

        Return replies, and errors as such. On the link, WAIT would hold up whatever is behind it.
        The call goes whole, for a WAIT behind a script that is not there would use up the time.
        """
        async with asyncio.timeout_at(deadline):
            link = await self._make()
        try:
            commands: Any = (call.words(whole=True), tuple(wait))
            replies = [link.send(hiredis.pack_command(one), deadline) for one in commands]
            return list(await asyncio.gather(*replies, return_exceptions=True))
        finally:
            await link.close()

    async def _connect(self) -> Link:
        if self._connecting is None:
            self._connecting = asyncio.create_task(self._make())
            self._connecting.add_done_callback(self._connected)
        # Who gives up takes no other along.
        return await asyncio.shield(self._connecting)

    async def _make(self) -> Link:
        connection = self._make_connection()
        try:
            async with asyncio.timeout(self._timeout_s):
                await connection.connect()
        except BaseException:
            await connection.disconnect(nowait=True)
            raise
        return Link(connection)

    def _connected(self, task: asyncio.Task[Link]) -> None:
        self._connecting = None
        if not task.cancelled() and task.exception() is None:
            self._link = task.result()

    async def close(self) -> None:
        """Hang up."""
        if self._connecting:
            self._connecting.cancel()
        if self._link:
            await self._link.close()
