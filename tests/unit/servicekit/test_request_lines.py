"""The lines of requests: one JSON object each, written together, whole."""

import asyncio
import json
from select import PIPE_BUF

import pytest

from servicekit.request_lines import JsonLines, RequestLine


def line(path: str) -> RequestLine:
    return RequestLine(
        request_id="r",
        trace_id="t",
        method="GET",
        path=path,
        route="/*",
        status=200,
        ms=1.5,
        ip="127.0.0.1",
        user=None,
        session=None,
    )


def test_LOG_01_the_lines_of_a_turn_are_written_whole_and_in_order(
    capfdbinary: pytest.CaptureFixture[bytes],
) -> None:
    async def turn() -> bytes:
        lines = JsonLines("gateway", "one")
        for number in range(40):
            lines.tell(line(f'/{number}\n"{"x" * 100}'))
        early = capfdbinary.readouterr().out
        assert len(early) % PIPE_BUF
        assert early.endswith(b"\n")
        await asyncio.sleep(0)
        return early + capfdbinary.readouterr().out

    told = [json.loads(one) for one in asyncio.run(turn()).splitlines()]
    assert [one["path"].split("\n")[0] for one in told] == [f"/{number}" for number in range(40)]
    assert told[0].items() >= {"event": "request", "service": "gateway", "user": None}.items()
    assert "problem" not in told[0]
    assert told[0]["time"].endswith("Z")
