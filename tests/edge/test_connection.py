"""One connection: requests that come at once are answered in order, and leave nothing behind."""

from contextlib import suppress

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
REQUESTS = 2000
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


def test_requests_leave_nothing_for_the_garbage_collector(stack: Stack, person: Person) -> None:
    """What goes in circles waits for it: that took a tenth of the gateway's time."""
    request = f"GET /session HTTP/1.1\r\nHost: a\r\nCookie: holdfast={person.cookie}\r\n\r\n"
    collected = "python_gc_objects_collected_total"
    with Wire(stack.port) as wire:
        before = total(scrape(stack, "gateway-1"), collected)
        seen = {wire.send(request.encode()).reply().status for _ in range(REQUESTS)}
        after = total(scrape(stack, "gateway-1"), collected)

    assert seen == {200}
    assert after - before < REQUESTS
