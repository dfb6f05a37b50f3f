"""How an upstream is asked: which connections are kept, what is repeated, which answer is whose."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

import aiohttp
import pytest

from gateway.client import Client
from gateway.hop import Hop
from gateway.order import Order

T = TypeVar("T")
Upstream = Callable[[bytes, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"


class World:
    """An upstream on a port of its own, the heads that came to it, and a client that asks."""

    def __init__(self, client: Client, base: str) -> None:
        self.client, self.base = client, base
        self.heads, self.connections = list[bytes](), 0

    async def ask(
        self,
        method: str = "GET",
        body: AsyncIterator[bytes] | bytes | None = None,
        seconds: float = 2,
    ) -> Hop:
        order = Order(method, "/x", [(b"host", b"a")], body, seconds)
        return await self.client.ask(self.base, order)

    async def text(self, method: str = "GET", body: bytes | None = None) -> bytes:
        return await rest(await self.ask(method, body))


async def rest(hop: Hop) -> bytes:
    text = b""
    while not hop.is_over:
        text += await hop.read()
    hop.close()
    return text


def within(upstream: Upstream, story: Callable[[World], Awaitable[T]]) -> T:
    """Tell a story while `upstream` answers each head on each of its connections."""

    async def run() -> T:
        ended = list[asyncio.Task[None]]()

        async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            world.connections += 1
            try:
                while True:
                    world.heads.append(await reader.readuntil(b"\r\n\r\n"))
                    await upstream(world.heads[-1], reader, writer)
            except (asyncio.IncompleteReadError, ConnectionError):
                writer.close()
                with suppress(ConnectionError):
                    await writer.wait_closed()

        def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            ended.append(asyncio.ensure_future(serve(reader, writer)))

        async with asyncio.timeout(10):
            async with Client() as client:
                server = await asyncio.start_server(connected, "127.0.0.1", 0)
                host, port = server.sockets[0].getsockname()
                world = World(client, f"http://{host}:{port}")
                told = await story(world)
                server.close()
            await asyncio.gather(*ended)
        return told

    return asyncio.run(run())


async def answers_ok(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    writer.write(OK)


@pytest.mark.parametrize("method", ["GET", "HEAD", "POST"])
def test_a_connection_is_kept_for_the_next_request(method: str) -> None:
    async def answer(head: bytes, _: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-2] if head.startswith(b"HEAD") else OK)

    async def story(world: World) -> tuple[list[bytes], int]:
        return [await world.text(method) for _ in range(3)], world.connections

    assert within(answer, story) == ([b"" if method == "HEAD" else b"ok"] * 3, 1)


@pytest.mark.parametrize(("method", "count"), [("GET", 3), ("DELETE", 3), ("POST", 2)])
def test_a_kept_connection_that_was_just_closed_costs_only_what_must_not_be_repeated(
    method: str, count: int
) -> None:
    async def once(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if len(world_of[0].heads) == 2:
            raise ConnectionError
        writer.write(OK)

    world_of = list[World]()

    async def story(world: World) -> tuple[bytes, int]:
        world_of.append(world)
        await world.text(method)
        try:
            second = await world.text(method)
        except aiohttp.ServerDisconnectedError:
            second = b"broken off"
        return second, len(world.heads)

    assert within(once, story) == (b"broken off" if method == "POST" else b"ok", count)


def test_what_an_upstream_says_unasked_answers_nobodys_request() -> None:
    said = asyncio.Event()

    async def twice(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        await writer.drain()
        if not said.is_set():
            await asyncio.sleep(0.05)  # until the first answer was read and its connection kept
            writer.write(OK.replace(b"ok", b"no"))
            await writer.drain()
            said.set()

    async def story(world: World) -> list[bytes]:
        first = await world.text()
        await said.wait()
        await asyncio.sleep(0.05)  # nothing tells when the client's side has it
        return [first, await world.text(), await world.text()]

    assert within(twice, story) == [b"ok"] * 3


def test_interim_answers_are_passed_over() -> None:
    async def hinting(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n")
        await writer.drain()
        writer.write(OK)

    async def story(world: World) -> list[bytes]:
        return [await world.text() for _ in range(2)]

    assert within(hinting, story) == [b"ok"] * 2


def test_an_answer_may_begin_before_the_body_has_ended() -> None:
    async def echo(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
        while (size := int(await reader.readline(), 16)) > 0:
            piece = await reader.readexactly(size + 2)
            writer.write(b"%x\r\n%b" % (size, piece))
        await reader.readline()
        writer.write(b"0\r\n\r\n")

    async def story(world: World) -> tuple[list[bytes], int]:
        more = asyncio.Queue[bytes]()

        async def body() -> AsyncIterator[bytes]:
            while piece := await more.get():
                yield piece

        pieces = list[bytes]()
        for _ in range(2):
            more.put_nowait(b"one")
            hop = await world.ask("POST", body())
            pieces.append(await hop.read())
            more.put_nowait(b"two")
            pieces.append(await hop.read())
            more.put_nowait(b"")
            pieces.append(await rest(hop))
        return pieces, world.connections

    assert within(echo, story) == ([b"one", b"two", b""] * 2, 1)


def test_a_connection_whose_answer_came_before_the_body_was_sent_carries_no_other() -> None:
    async def story(world: World) -> tuple[list[bytes], int]:
        async def endless() -> AsyncIterator[bytes]:
            yield b"a"
            await asyncio.Event().wait()

        first = await rest(await world.ask("POST", endless()))
        return [first, await world.text()], world.connections

    assert within(answers_ok, story) == ([b"ok", b"ok"], 2)


def test_what_a_body_raises_is_told_to_whoever_reads_the_answer() -> None:
    async def begins(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK[:-1])

    async def story(world: World) -> None:
        broken = asyncio.Event()

        async def breaks() -> AsyncIterator[bytes]:
            yield b"a"
            await broken.wait()
            raise LookupError

        hop = await world.ask("POST", breaks())
        assert await hop.read() == b"o"
        broken.set()
        with pytest.raises(LookupError):
            await hop.read()
        hop.close()

    within(begins, story)


@pytest.mark.parametrize(
    ("method", "body", "framed"),
    [
        ("GET", None, None),
        ("DELETE", None, b"content-length: 0"),
        ("POST", None, b"content-length: 0"),
        ("POST", b"ab", b"content-length: 2"),
    ],
)
def test_a_request_is_framed_as_its_method_wants(
    method: str, body: bytes | None, framed: bytes | None
) -> None:
    async def story(world: World) -> bytes:
        await world.text(method, body)
        return world.heads[0]

    async def answer(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readexactly(len(body or b""))
        writer.write(OK)

    line, host, *more = within(answer, story).rstrip().lower().split(b"\r\n")
    assert (line, host) == (f"{method} /x HTTP/1.1".lower().encode(), b"host: a")
    assert more == ([framed] if framed else [])


def test_fields_that_would_end_their_line_are_not_sent() -> None:
    async def story(world: World) -> int:
        for value in (b"a\r\nb: c", b"a\x00", b"a\nb"):
            order = Order("GET", "/x", [(b"host", b"a"), (b"x", value)], None, 2)
            with pytest.raises(ValueError, match="injection"):
                await world.client.ask(world.base, order)
        return len(world.heads)

    assert within(answers_ok, story) == 0


def test_the_clock_of_one_request_does_not_strike_the_next() -> None:
    """With a hint and the answer in one packet it began once more, behind the answer's end."""

    async def hinted(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" + OK)

    async def story(world: World) -> tuple[bytes, int]:
        await rest(await world.ask(seconds=0.1))
        await asyncio.sleep(0.3)  # as long as the clock would have run
        return await rest(await world.ask("POST", b"x")), world.connections

    assert within(hinted, story) == (b"ok", 1)


def test_a_kept_connection_that_is_spoilt_before_anything_is_sent_costs_no_request() -> None:
    """Not even one that must not be repeated: a service may say 408 to who asks nothing."""
    spoilt = asyncio.Event()

    async def unasked(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(OK)
        if not spoilt.is_set():
            await writer.drain()
            writer.write(b"HTTP/1.1 408 Request Timeout\r\nContent-Length: 0\r\n\r\n")
            await writer.drain()
            spoilt.set()

    async def story(world: World) -> tuple[bytes, int]:
        await world.text()
        await spoilt.wait()
        await asyncio.sleep(0.05)  # for the bytes to arrive, which nobody here reads
        return await world.text("POST", b"x"), len(world.heads)

    assert within(unasked, story) == (b"ok", 2)


def test_an_answer_that_turns_out_to_be_broken_ends_in_time() -> None:
    """Aiohttp stops its clock then, and tells nobody who reads."""

    async def broken(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n")
        await writer.drain()
        await asyncio.sleep(0.05)  # or it is told with the head
        writer.write(b"ZZZ\r\n")

    async def story(world: World) -> None:
        hop = await world.ask(seconds=0.2)
        with pytest.raises((TimeoutError, aiohttp.ClientError)):
            await rest(hop)
        hop.close()

    within(broken, story)


def test_a_hint_does_not_start_the_clock_of_an_upload() -> None:
    """The time that the client takes is its own."""

    async def hints(_: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n")
        await reader.readuntil(b"0\r\n\r\n")
        writer.write(OK)

    async def slow() -> AsyncIterator[bytes]:
        yield b"a"
        await asyncio.sleep(0.3)
        yield b"b"

    async def story(world: World) -> bytes:
        return await rest(await world.ask("POST", slow(), seconds=0.1))

    assert within(hints, story) == b"ok"


def test_hints_without_end_are_no_answer() -> None:
    async def hints(_: bytes, __: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000)

    async def story(world: World) -> None:
        with pytest.raises(aiohttp.ServerDisconnectedError):
            await world.text("POST", b"x")

    within(hints, story)
