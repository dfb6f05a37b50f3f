"""WebSockets through the gateway: admitted like any request, and over with their session."""

import asyncio
import base64
import os
import time
from collections.abc import Awaitable, Callable
from typing import Any

import aiohttp
import pytest
from edge.conftest import Breakable
from support.people import Person
from support.raw import Reply, Wire
from support.service import Service
from support.until import until

from devstack.stack import Stack

Socket = aiohttp.ClientWebSocketResponse[Any]
Talk = Callable[[Socket], Awaitable[None]]


def talk(url: str, what: Talk, **options: Any) -> None:
    """Open a socket and hold a conversation."""

    async def run() -> None:
        async with (
            aiohttp.ClientSession() as client,
            client.ws_connect(url, **options) as socket,
        ):
            await asyncio.wait_for(what(socket), 20)

    asyncio.run(run())


def cookie(person: Person) -> dict[str, str]:
    return {"cookie": f"a=1; holdfast={person.cookie}"}


def handshake(stack: Stack, path: str, *lines: str) -> Reply:
    key = base64.b64encode(os.urandom(16)).decode()
    head = [
        f"GET {path} HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13", *lines,
    ]  # fmt: skip
    with Wire(stack.port) as wire:
        found = wire.send(("\r\n".join(head) + "\r\n\r\n").encode()).head()
        if found.status != 101:
            assert wire.closed() or found.all("content-length")
        return found


def test_PRX_21_messages_pass_both_ways_with_identity(person: Person, service: Service) -> None:
    async def conversation(socket: Socket) -> None:
        told = dict(await socket.receive_json())
        assert told["x-auth-user"] == person.name
        assert told["cookie"] == "a=1"
        assert told["via"] == "1.1 holdfast"
        assert socket.protocol == "kelp.v1"
        for text in ("", "kelp", "\U0001f30a" * 1000, "x" * 900_000):
            await socket.send_str(text)
            assert await socket.receive_str() == text
        data = os.urandom(70_001)
        await socket.send_bytes(data)
        assert await socket.receive_bytes() == data
        await socket.close(code=4321)

    forged = {**cookie(person), "x-auth-user": "forged", "x_auth_user": "forged"}
    talk(f"{person.urls[0]}/member/socket", conversation, headers=forged, protocols=["kelp.v1"])
    until(lambda: service.closed and service.closed[-1] == 4321, 5)


def test_PRX_21_the_services_close_code_reaches_the_client(person: Person) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str("close 4001")
        assert (await socket.receive()).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == 4001

    talk(f"{person.urls[1]}/member/socket", conversation, headers=cookie(person))


def ends_within_5_seconds(person: Person, end: Callable[[], object], service: Service) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive()
        await asyncio.to_thread(end)
        start = time.monotonic()
        message = await socket.receive(timeout=6)
        assert message.type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.POLICY_VIOLATION
        assert time.monotonic() - start < 5

    closed = len(service.closed)
    talk(f"{person.urls[0]}/member/socket", conversation, headers=cookie(person))
    until(lambda: len(service.closed) > closed, 5)


def test_PRX_21_a_logout_on_another_gateway_closes_the_socket(
    person: Person, service: Service
) -> None:
    ends_within_5_seconds(person, lambda: person.post("/logout", at=1), service)


def test_PRX_21_a_rotation_keeps_the_socket_open_and_does_not_count_as_reuse(
    person: Person,
) -> None:
    async def conversation(socket: Socket) -> None:
        await socket.receive()
        assert (await asyncio.to_thread(person.post, "/session/rotate")).status_code == 200
        assert (await asyncio.to_thread(person.get, "/session")).status_code == 200
        await asyncio.sleep(4.5)
        await socket.send_str("still here")
        assert await socket.receive_str() == "still here"

    talk(f"{person.urls[0]}/member/socket", conversation, headers=cookie(person))
    assert person.get("/session", at=1).status_code == 200


REFUSED = [
    ("/member/socket", [], 401, "no-session"),
    ("/member/socket", ["Cookie: holdfast=" + "A" * 44], 401, "session-ended"),
    ("/member/socket", ["Cookie: holdfast=*"], 401, "session-ended"),
    ("/app/socket", ["Origin: https://evil.test"], 403, "cross-site"),
    ("/app/socket", ["Origin: null"], 403, "cross-site"),
    ("/app/socket", ["Sec-Fetch-Site: cross-site"], 403, "cross-site"),
    ("/app/socket", ["Sec-Fetch-Site: same-site", "Origin: http://b"], 403, "cross-site"),
    ("/nothing", [], 404, "no-route"),
    ("/app/../member/socket", [], 400, "bad-request"),
    ("/app/socket", ["Host: b"], 400, ""),
    ("/gone", [], 502, "upstream-unreachable"),
    ("/silent", [], 504, "upstream-timeout"),
    ("/public", [], 200, ""),
    ("/login", [], 200, ""),
    ("/session", [], 401, "no-session"),
    ("/healthz", [], 200, ""),
    ("/metrics", [], 404, "no-route"),
]


@pytest.mark.parametrize(("path", "lines", "status", "name"), REFUSED)
def test_PRX_21_a_handshake_is_judged_like_any_request(
    stack: Stack, path: str, lines: list[str], status: int, name: str
) -> None:
    answer = handshake(stack, path, *lines)

    assert answer.status == status
    if name:
        assert answer.all("content-type") == ["application/problem+json"]


def test_PRX_21_a_role_is_asked_of_sockets_too(person: Person, stack: Stack) -> None:
    assert handshake(stack, "/boss/socket", f"Cookie: holdfast={person.cookie}").status == 403
    own = ["Origin: http://a", f"Cookie: holdfast={person.cookie}"]
    assert handshake(stack, "/member/socket", *own).status == 101


@pytest.mark.parametrize(
    ("lines", "status"),
    [
        (["Sec-WebSocket-Version: 12", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="], 426),
        (["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: short"], 400),
        (["Sec-WebSocket-Version: 13"], 400),
    ],
)
def test_PRX_21_a_handshake_that_is_none_is_refused(
    stack: Stack, service: Service, lines: list[str], status: int
) -> None:
    head = ["GET /app/socket HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"]
    before = len(service.seen)
    with Wire(stack.port) as wire:
        answer = wire.send(("\r\n".join([*head, *lines]) + "\r\n\r\n").encode()).reply()
    assert (answer.status, len(service.seen)) == (status, before)


FRAMES = {
    "not masked": (b"\x81\x02hi", 1002),
    "reserved opcode": (b"\x83\x80aaaa", 1002),
    "reserved bit": (b"\xc1\x80aaaa", 1002),
    "long control": (b"\x89\xfe\x00\x7eaaaa" + b"x" * 126, 1002),
    "invalid UTF-8": (b"\x81\x81\x00\x00\x00\x00\xff", 1007),
    "too big": (b"\x82\xff\x00\x00\x00\x00\x40\x00\x00\x00aaaa", 1009),
    "endless": (b"\x82\xff\x80\x00\x00\x00\x00\x00\x00\x00aaaa", 1002),
    "continuation of nothing": (b"\x80\x80aaaa", 1002),
}


@pytest.mark.parametrize("name", FRAMES)
def test_PRX_21_a_broken_frame_closes_the_socket_and_nothing_else(stack: Stack, name: str) -> None:
    frame, code = FRAMES[name]
    with Wire(stack.port) as wire:
        lines = ["Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA=="]
        head = ["GET /app/socket HTTP/1.1", "Host: a", "Upgrade: websocket", "Connection: Upgrade"]
        wire.send(("\r\n".join([*head, *lines]) + "\r\n\r\n").encode())
        assert wire.head().status == 101
        wire.send(frame)
        received = b""
        while part := wire.socket.recv(65536):
            received += part
            if b"\x88" in received and code.to_bytes(2) in received:
                return
    pytest.fail(f"no close frame with {code}: {received[-50:]!r}")


def test_PRX_21_an_outage_of_the_store_closes_what_it_cannot_confirm(
    breakable: Breakable,
) -> None:
    stack, person = breakable.stack, breakable.person

    async def conversation(socket: Socket) -> None:
        await socket.receive()
        stack.processes["redis"].kill()
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.TRY_AGAIN_LATER

    try:
        talk(f"{person.urls[0]}/member/socket", conversation, headers=cookie(person))
        assert handshake(stack, "/member/socket", f"Cookie: holdfast={person.cookie}").status == 503
    finally:
        stack.restart("redis")


def test_PRX_21_GUN_04_a_gateway_that_stops_sends_its_sockets_elsewhere(
    breakable: Breakable,
) -> None:
    stack, person = breakable.stack, breakable.person

    async def conversation(socket: Socket) -> None:
        await socket.receive()
        await asyncio.to_thread(person.get, "/session")
        start = time.monotonic()
        stack.processes["gateway-1"].ask_to_stop()
        assert (await socket.receive(timeout=10)).type is aiohttp.WSMsgType.CLOSE
        assert socket.close_code == aiohttp.WSCloseCode.GOING_AWAY
        await socket.close()
        # An idle connection of the person's does not hold it up either.
        await asyncio.to_thread(until, lambda: not stack.processes["gateway-1"].alive(), 8)
        assert time.monotonic() - start < 8

    try:
        talk(f"{person.urls[0]}/member/socket", conversation, headers=cookie(person))
    finally:
        stack.restart("gateway-1")
