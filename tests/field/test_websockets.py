"""WebSockets: what of a handshake and of a close passes between a client and a service."""

from functools import partial

import aiohttp
import pytest
from edge.test_websocket import Socket, cookie, talk
from support.echo import Echo
from support.people import Person
from support.raw import Reply, Wire
from support.scripted import Scripted
from support.service import Service
from support.until import until

from devstack.stack import Stack

KEY = "dGhlIHNhbXBsZSBub25jZQ=="
HANDSHAKE = [
    "Host: a",
    "Upgrade: websocket",
    "Connection: Upgrade",
    f"Sec-WebSocket-Key: {KEY}",
    "Sec-WebSocket-Version: 13",
]


def shake(stack: Stack, path: str, *lines: str, gateway: int = 0) -> Reply:
    """Send a handshake; return the whole answer, which is not a 101."""
    head = "\r\n".join([f"GET {path} HTTP/1.1", *HANDSHAKE, *lines]) + "\r\n\r\n"
    with Wire(stack.port + gateway) as wire:
        return wire.send(head.encode("latin-1")).reply()


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_of_a_handshake_is_not_followed(
    stack: Stack, scripted: Scripted, echo: Echo, person: Person, status: int
) -> None:
    """The gateway passes on a service's redirect of a handshake, and asks no other host.

    Followed, it led into the gateway's network, and carried the signed identity to any host.

    Report: newcomer's walk (case H2).
    Rule: RFC 9110, 15.4; RFC 6455, 4.1; ASVS 5.0, 1.3.6.
    """
    target = f"{echo.url}/app/steal"
    scripted.answer = (
        f"HTTP/1.1 {status} Moved\r\nLocation: {target}\r\nContent-Length: 2\r\n\r\nno"
    ).encode()
    seen = len(echo.seen)

    for path, lines in (("/raw/x", []), ("/raw-member/x", [f"Cookie: holdfast={person.cookie}"])):
        answer = shake(stack, path, *lines)
        assert (answer.status, answer.all("location"), answer.body) == (status, [target], b"no")

    assert len(echo.seen) == seen


REFUSALS = {
    "401": (
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Bearer\r\nContent-Length: 4\r\n\r\nwho?",
        401,
        ("www-authenticate", "Bearer"),
        b"who?",
    ),
    "403 without a body": (
        b"HTTP/1.1 403 Forbidden\r\nX-Why: no\r\nContent-Length: 0\r\n\r\n",
        403,
        ("x-why", "no"),
        b"",
    ),
    "404 in chunks": (
        b"HTTP/1.1 404 Not Found\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nlost\r\n0\r\n\r\n",
        404,
        ("via", "1.1 holdfast"),
        b"lost",
    ),
    "426": (
        b"HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 14\r\nContent-Length: 0\r\n\r\n",
        426,
        ("sec-websocket-version", "14"),
        b"",
    ),
    "503": (
        b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n",
        503,
        ("retry-after", "7"),
        b"",
    ),
    "a plain 200 that ends with its connection": (
        b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n\r\nhello",
        200,
        ("content-type", "text/plain"),
        b"hello",
    ),
    "Latin-1 in a field": (
        b"HTTP/1.1 400 Bad\r\nX-Name: J\xfcrgen\r\nContent-Length: 0\r\n\r\n",
        400,
        ("x-name", "J\xfcrgen"),
        b"",
    ),
}


@pytest.mark.parametrize("gateway", [0, 1])
def test_a_services_refusal_of_a_handshake_reaches_the_client(
    stack: Stack, scripted: Scripted, gateway: int
) -> None:
    """Status, fields and body of a refused handshake pass, but not a cookie of our name.

    Report: this project's review (case F13).
    Rule: RFC 6455, 4.2.2; RFC 9110, 7.6.
    """
    for name, (sent, status, field, body) in REFUSALS.items():
        scripted.answer = sent.replace(b"\r\n", b"\r\nSet-Cookie: holdfast=evil\r\n", 1)
        answer = shake(stack, "/raw/x", gateway=gateway)
        assert (answer.status, answer.body) == (status, body), name
        assert field in answer.fields, name
        assert not answer.all("set-cookie"), name


def test_a_refusals_body_is_bounded_and_its_cut_shows(stack: Stack, scripted: Scripted) -> None:
    """Of a refusal without end the client gets at most 1 MiB, and no last chunk.

    Report: this project's review (case F13).
    Rule: RFC 9112, 8.
    """
    scripted.answer = b"HTTP/1.1 200 OK\r\n\r\n" + b"x" * (3 * 1024 * 1024)
    head = "\r\n".join(["GET /raw/x HTTP/1.1", *HANDSHAKE]) + "\r\n\r\n"
    with Wire(stack.port) as wire:
        assert wire.send(head.encode()).head().status == 200
        received = wire.rest()

    assert 0 < len(received) < 1.1 * 1024 * 1024
    assert not received.endswith(b"0\r\n\r\n")


REASONS = ["", "asked", "\u00fcber \U0001f30a", "x" * 123, "\u00e9" * 61]


def has_closed(service: Service, count: int) -> bool:
    return len(service.closed) >= count


def test_the_clients_close_code_and_reason_reach_the_service(
    person: Person, service: Service
) -> None:
    """A client's close reaches the service with its code and its reason, up to 123 bytes.

    Report: this project's review (case Q21).
    Rule: RFC 6455, 5.5.1 and 7.1.6.
    """

    async def conversation(socket: Socket) -> None:
        await socket.receive()
        await socket.close(code=4321, message=reason.encode())

    for count, reason in enumerate(REASONS, len(service.closed) + 1):
        talk(f"{person.urls[0]}/member/socket", conversation, headers=cookie(person))
        until(partial(has_closed, service, count), 5)
        assert (service.closed[-1], service.reasons[-1]) == (4321, reason)


def test_the_services_close_code_and_reason_reach_the_client(person: Person) -> None:
    """A service's close reaches the client with its code and its reason.

    Report: this project's review (case Q21).
    Rule: RFC 6455, 5.5.1 and 7.1.6.
    """

    async def conversation(socket: Socket) -> None:
        await socket.receive()
        await socket.send_str("close 4001")
        message = await socket.receive()
        assert (message.type, message.data, message.extra) == (
            aiohttp.WSMsgType.CLOSE,
            4001,
            "asked",
        )

    for url in person.urls:
        talk(f"{url}/member/socket", conversation, headers=cookie(person))


def test_a_close_without_a_code_is_a_normal_one(stack: Stack, service: Service) -> None:
    """A close frame without a code is passed on as 1000, not as a side that is gone.

    Report: this project's review (case Q21).
    Rule: RFC 6455, 7.1.5; ASGI 2.3, websocket.close.
    """
    before = len(service.closed)
    head = "\r\n".join(["GET /app/socket HTTP/1.1", *HANDSHAKE]) + "\r\n\r\n"
    with Wire(stack.port) as wire:
        assert wire.send(head.encode()).head().status == 101
        wire.send(b"\x88\x80aaaa")
        until(lambda: len(service.closed) > before, 5)

    assert service.closed[-1] == 1000
