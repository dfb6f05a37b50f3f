"""Every row of the table of hostile requests gets its answer, and harms nobody."""

from importlib.util import find_spec
from pathlib import Path

import pytest
from edge.hostile import FAMILIES, Hostile
from support.echo import Echo
from support.people import Person
from support.raw import Wire, ask

from devstack.stack import Stack

C_PARSER = "gunicorn_h1c"
NEEDS_C = pytest.mark.skipif(find_spec(C_PARSER) is None, reason="gunicorn's C parser is not built")
PARSERS = [pytest.param(0, id="C", marks=NEEDS_C), pytest.param(1, id="Python")]


def workers(stack: Stack, at: int) -> list[str]:
    """Tell the process ids of a gateway's workers."""
    master = stack.processes[f"gateway-{at + 1}"].pid
    return Path(f"/proc/{master}/task/{master}/children").read_text().split()


@pytest.mark.parametrize("at", PARSERS)
def test_each_gateway_has_the_parser_that_these_tests_are_about(stack: Stack, at: int) -> None:
    """Told by its own answer: two spaces are one to the parser in C, and none of Python's."""
    answer = ask(stack.port + at, b"GET  /healthz HTTP/1.1\r\nHost: a\r\n\r\n")

    assert answer.status == (200 if at == 0 else 400)


def test_the_table_has_at_least_200_rows_of_different_names() -> None:
    names = [f"{family}: {row.name}" for family, rows in FAMILIES.items() for row in rows]

    assert len(names) >= 200
    assert len(names) == len(set(names))


def told(
    stack: Stack, at: int, echo: Echo, row: Hostile, cookie: bytes, piece: int = 1_000_000
) -> str:
    """Send a row, `piece` bytes at a time; return what is wrong with the answer, or nothing."""
    expected = row.in_c if at == 0 and row.in_c else (row.expected, row.seen)
    before, request = len(echo.seen), row.request.replace(b"{cookie}", cookie)
    with Wire(stack.port + at) as wire:
        wire.socket.settimeout(3)
        for start in range(0, len(request), piece):
            wire.send(request[start : start + piece])
        try:
            answer = wire.reply(head_only=row.request.startswith(b"HEAD"))
            for _ in range(1, expected[1]):
                wire.reply()
            # What the server refused by itself cannot be followed by another request.
            safe = bool(answer.all("x-request-id")) or wire.closed()
        except TimeoutError:
            return f"{row.name}: no answer, or an open connection"
    seen = len(echo.seen) - before
    if (answer.status, seen, safe) == (*expected, True):
        return ""
    return f"{row.name}: {answer.status}, seen {seen}; not {expected}"


@pytest.mark.parametrize("at", PARSERS)
@pytest.mark.parametrize("family", FAMILIES)
def test_ERR_01_PRX_11_PRX_12_PRX_13_hostile_requests_are_answered_as_the_table_says(
    stack: Stack, echo: Echo, person: Person, family: str, at: int
) -> None:
    """Each row alone on its connection: status, close, what the upstream saw, the same worker."""
    before, cookie = workers(stack, at), f"holdfast={person.cookie}".encode()
    wrong = [told(stack, at, echo, row, cookie) for row in FAMILIES[family]]

    assert not "\n".join(line for line in wrong if line)
    assert not [path for path in echo.seen if "smuggled" in path]
    assert workers(stack, at) == before
    assert person.get("/session", at=at).status_code == 200


@pytest.mark.parametrize("at", PARSERS)
@pytest.mark.parametrize("family", ["framing", "lines", "hosts", "fields"])
def test_PRX_12_a_request_that_comes_in_pieces_is_judged_as_a_whole_one(
    stack: Stack, echo: Echo, family: str, at: int
) -> None:
    """What ends a line, a field or a body may be split between two packets."""
    short = [row for row in FAMILIES[family] if len(row.request) < 600]
    wrong = [told(stack, at, echo, row, b"", piece=7) for row in short]

    assert len(short) > 20
    assert not "\n".join(line for line in wrong if line)
    assert not [path for path in echo.seen if "smuggled" in path]
