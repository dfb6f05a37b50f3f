"""Which answers to a WebSocket's handshake are accepted, and what is asked."""

import asyncio
import base64
import hashlib
from collections.abc import Callable

import pytest

from gateway.client import Client
from gateway.faults import BrokenOff
from gateway.handshake import open_socket
from gateway.hop import Hop
from gateway.order import Order

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
FIELDS = [(b"host", b"a"), (b"x-name", b"J\xfcrgen"), (b"sec-websocket-protocol", b"kelp, moss")]


def proof_of(head: bytes) -> bytes:
    key = next(
        line.partition(b": ")[2]
        for line in head.split(b"\r\n")
        if line.startswith(b"sec-websocket-key: ")
    )
    return base64.b64encode(hashlib.sha1(key + GUID).digest())  # noqa: S324 - RFC 6455, 4.2.2


def accepted(*lines: bytes, behind: bytes = b"") -> Callable[[bytes], bytes]:
    """Accept with `lines` in the place of those that RFC 6455 asks for; PROOF stands for ours."""

    def answer(head: bytes) -> bytes:
        told = [b"HTTP/1.1 101 Switching Protocols", *lines]
        return b"\r\n".join(told).replace(b"PROOF", proof_of(head)) + b"\r\n\r\n" + behind

    return answer


UPGRADE, CONNECTION = b"Upgrade: WebSocket", b"Connection: keep-alive, upgrade"
ACCEPT = b"Sec-WebSocket-Accept: PROOF"
GOOD = (UPGRADE, CONNECTION, ACCEPT)


def opened(answer: Callable[[bytes], bytes]) -> tuple[str | None, bytes, object]:
    """Open a socket at a server that sends `answer`; return its protocol, the head, a message."""
    heads, served = list[bytes](), list[asyncio.Task[None]]()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        heads.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(answer(heads[0]))
        await writer.drain()
        await reader.read(65536)  # a close frame, or the end
        writer.close()
        await writer.wait_closed()

    def connected(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        served.append(asyncio.ensure_future(serve(reader, writer)))

    async def run() -> tuple[str | None, bytes, object]:
        async with (
            asyncio.timeout(10),
            await asyncio.start_server(connected, "127.0.0.1", 0) as server,
        ):
            base = "http://{}:{}".format(*server.sockets[0].getsockname())
            try:
                async with Client() as client:
                    found = await open_socket(client, base, Order("GET", "/x?y", FIELDS, None, 2))
                    assert not isinstance(found, Hop)
                    message = (await found.receive()).data
                    await found.close()
            finally:
                await asyncio.gather(*served)
        return found.protocol, heads[0], message

    return asyncio.run(run())


def test_the_handshake_carries_the_clients_fields_and_a_key_of_its_own() -> None:
    _, head, _ = opened(accepted(*GOOD, behind=b"\x81\x02hi"))

    line, *fields = head.removesuffix(b"\r\n\r\n").split(b"\r\n")
    key = next(one for one in fields if one.startswith(b"sec-websocket-key"))
    assert line == b"GET /x?y HTTP/1.1"
    assert len(base64.b64decode(key.partition(b": ")[2])) == 16
    assert sorted(set(fields) - {key}) == [
        b"connection: Upgrade",
        b"host: a",
        b"sec-websocket-protocol: kelp, moss",
        b"sec-websocket-version: 13",
        b"upgrade: websocket",
        b"x-name: J\xfcrgen",
    ]


@pytest.mark.parametrize(
    ("lines", "protocol"),
    [
        (GOOD, None),
        ((*GOOD, b"Sec-WebSocket-Protocol: moss"), "moss"),
        ((*GOOD, b"Set-Cookie: a=1", b"Sec-WebSocket-Protocol: kelp"), "kelp"),
    ],
)
def test_a_good_answer_is_accepted_with_the_frame_that_came_along(
    lines: tuple[bytes, ...], protocol: str | None
) -> None:
    found, _, message = opened(accepted(*lines, behind=b"\x81\x02hi"))

    assert (found, message) == (protocol, "hi")


@pytest.mark.parametrize(
    "lines",
    [
        (CONNECTION, ACCEPT),
        (UPGRADE, ACCEPT),
        (UPGRADE, CONNECTION),
        (b"Upgrade: h2c", CONNECTION, ACCEPT),
        (UPGRADE, b"Connection: keep-alive", ACCEPT),
        (UPGRADE, CONNECTION, b"Sec-WebSocket-Accept: AAAAAAAAAAAAAAAAAAAAAAAAAAA="),
        (*GOOD, ACCEPT),
        (*GOOD, b"Sec-WebSocket-Protocol: weed"),
        (*GOOD, b"Sec-WebSocket-Protocol: kelp, moss"),
        (*GOOD, b"Sec-WebSocket-Extensions: permessage-deflate"),
    ],
)
def test_an_answer_that_RFC_6455_forbids_to_accept_is_a_fault(lines: tuple[bytes, ...]) -> None:
    with pytest.raises(BrokenOff) as failed:
        opened(accepted(*lines))

    assert failed.value.cause in ("bad-handshake", "malformed")
