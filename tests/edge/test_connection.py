"""One connection: requests that come at once are answered in order, and leave nothing behind."""

import os
import signal
import socket
from contextlib import ExitStack, suppress

import pytest
from edge.test_hostile import PARSERS, workers
from support.exposition import scrape, total
from support.people import Person
from support.raw import Wire

from bench.resident import now_mib
from devstack.stack import Stack

HEALTH = b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n"
NOBODY = b"GET /session HTTP/1.1\r\nHost: a\r\n\r\n"
LAST = b"GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n"
PROXIED = b"GET /app/echo HTTP/1.1\r\nHost: a\r\n\r\n"
REQUESTS = 2000
AT_ONCE = 300
# More than what the kernel keeps of both directions.
MANY = 400_000


@pytest.mark.parametrize("at", PARSERS)
@pytest.mark.parametrize(
    ("requests", "statuses"),
    [
        ([HEALTH, NOBODY, HEALTH], [200, 401, 200]),
        ([HEALTH, LAST, HEALTH], [200, 200, 0]),
        ([HEALTH, NOBODY, b"nonsense\r\n\r\n"], [200, 401, 400, 0]),
    ],
    ids=["all wanted", "the second is the last", "the third is none"],
)
def test_requests_that_come_at_once_are_answered_in_their_order(
    stack: Stack, at: int, requests: list[bytes], statuses: list[int]
) -> None:
    """An answer may wait for the end of a turn; nothing that comes later overtakes it."""
    with Wire(stack.port + at) as wire:
        wire.send(b"".join(requests))

        assert [wire.reply().status for _ in statuses] == statuses


@pytest.mark.parametrize("at", PARSERS)
def test_a_client_that_asks_and_does_not_read_is_held_back(stack: Stack, at: int) -> None:
    """Else its answers would pile up in the worker: more and more, for requests of 40 bytes."""
    worker, sent = int(workers(stack, at)[0]), 0
    before = now_mib(worker)
    with Wire(stack.port + at) as wire:
        wire.socket.settimeout(1)
        with suppress(TimeoutError):
            while sent < MANY:
                wire.socket.sendall(HEALTH * 500)
                sent += 500

        assert sent < MANY
        assert now_mib(worker) - before < 24


@pytest.mark.parametrize("at", PARSERS)
def test_many_may_come_at_once_while_the_worker_is_busy(stack: Stack, at: int) -> None:
    """Who finds no place in the queue is not refused, but tries again after a second."""
    worker, taken = int(workers(stack, at)[0]), 0
    os.kill(worker, signal.SIGSTOP)
    try:
        with ExitStack() as waiting, suppress(TimeoutError):
            for _ in range(AT_ONCE):
                place = ("127.0.0.1", stack.port + at)
                waiting.enter_context(socket.create_connection(place, timeout=0.9))
                taken += 1
    finally:
        os.kill(worker, signal.SIGCONT)

    assert taken == AT_ONCE


def everything(wire: Wire) -> bytes:
    """Read to the end of the connection."""
    seen = b""
    with suppress(ConnectionResetError):
        while data := wire.socket.recv(65536):
            seen += data
    return seen


@pytest.mark.parametrize("at", PARSERS)
def test_a_handshake_for_no_path_is_refused_and_holds_nothing(stack: Stack, at: int) -> None:
    upgrade = (
        b"GET /app/\xff HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: upgrade\r\n\r\n"
    )
    with Wire(stack.port + at) as wire:
        wire.send(upgrade)

        assert everything(wire).startswith(b"HTTP/1.1 400 ")


@pytest.mark.parametrize("at", PARSERS)
def test_a_body_that_goes_wrong_is_not_answered_twice(stack: Stack, at: int) -> None:
    """What it is refused with would be read as the answer to what was never asked."""
    head = b"POST /no HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n"
    with Wire(stack.port + at) as wire:
        answer = wire.send(head).reply()
        wire.send(b"zz\r\n")

        assert (answer.status, everything(wire)) == (404, b"")


@pytest.mark.parametrize("at", PARSERS)
def test_behind_a_body_that_may_come_or_not_comes_no_request(stack: Stack, at: int) -> None:
    """Who expects 100 and gets something else may send the body or not: the server must say."""
    lines = b"POST /no HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nExpect: 100-continue\r\n\r\n"
    with Wire(stack.port + at) as wire:
        assert wire.send(lines).reply().all("connection") == ["close"]


def test_an_answer_has_one_date(stack: Stack) -> None:
    """A service's own, which may be older, as it is for what was kept."""
    with Wire(stack.port) as wire:
        ours, theirs = wire.send(HEALTH).reply(), wire.send(PROXIED).reply()

    assert [len(ours.all("date")), len(theirs.all("date"))] == [1, 1]


def test_requests_leave_nothing_for_the_garbage_collector(stack: Stack, person: Person) -> None:
    """What goes in circles waits for it: that took a tenth of the gateway's time.

    What others left may be found meanwhile, but not each time.
    """
    request = f"GET /session HTTP/1.1\r\nHost: a\r\nCookie: holdfast={person.cookie}\r\n\r\n"
    collected = "python_gc_objects_collected_total"
    found = []
    with Wire(stack.port) as wire:
        for _ in range(4):
            before = total(scrape(stack, "gateway-1"), collected)
            seen = {wire.send(request.encode()).reply().status for _ in range(REQUESTS)}
            assert seen == {200}
            found.append(total(scrape(stack, "gateway-1"), collected) - before)

    assert min(found) < REQUESTS
