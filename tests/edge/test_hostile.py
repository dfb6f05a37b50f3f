"""Every row of the table of hostile requests gets its answer, and harms nobody."""

from pathlib import Path

import pytest
from edge.hostile import FAMILIES, Hostile
from support.echo import Echo
from support.people import Person
from support.raw import Wire

from devstack.stack import Stack


def workers(stack: Stack) -> str:
    """Tell the process ids of gateway 1's workers."""
    master = stack.processes["gateway-1"].pid
    return Path(f"/proc/{master}/task/{master}/children").read_text()


def test_the_table_has_at_least_200_rows_of_different_names() -> None:
    names = [f"{family}: {row.name}" for family, rows in FAMILIES.items() for row in rows]

    assert len(names) >= 200
    assert len(names) == len(set(names))


def told(stack: Stack, echo: Echo, row: Hostile, cookie: bytes) -> str:
    """Send a row; return what is wrong with the answer, or nothing."""
    before = len(echo.seen)
    with Wire(stack.port) as wire:
        wire.socket.settimeout(3)
        wire.send(row.request.replace(b"{cookie}", cookie))
        try:
            answer = wire.reply(head_only=row.request.startswith(b"HEAD"))
            for _ in range(1, row.seen):
                wire.reply()
            # What the server refused by itself cannot be followed by another request.
            safe = bool(answer.all("x-request-id")) or wire.closed()
        except TimeoutError:
            return f"{row.name}: no answer, or an open connection"
    seen = len(echo.seen) - before
    if (answer.status, seen, safe) == (row.expected, row.seen, True):
        return ""
    return f"{row.name}: {answer.status}, seen {seen}; not {row.expected}, {row.seen}"


@pytest.mark.parametrize("family", FAMILIES)
def test_ERR_01_PRX_11_PRX_12_PRX_13_hostile_requests_are_answered_as_the_table_says(
    stack: Stack, echo: Echo, person: Person, family: str
) -> None:
    """Each row alone on its connection: status, close, what the upstream saw, the same worker."""
    before, cookie = workers(stack), f"holdfast={person.cookie}".encode()
    wrong = [told(stack, echo, row, cookie) for row in FAMILIES[family]]

    assert not "\n".join(line for line in wrong if line)
    assert not [path for path in echo.seen if "smuggled" in path]
    assert workers(stack) == before
    assert person.get("/session").status_code == 200
