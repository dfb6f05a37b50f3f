"""The lines of requests: one JSON object each, written together, whole."""

import asyncio
import json
import sys
from pathlib import Path
from select import PIPE_BUF
from types import SimpleNamespace

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


def test_LOG_01_after_a_write_that_failed_lines_are_written_at_the_end_of_their_turn_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfdbinary: pytest.CaptureFixture[bytes]
) -> None:
    """A disk that is full for a moment may take lines along, and nothing else."""
    (tmp_path / "log").touch()

    async def turns() -> None:
        lines = JsonLines("gateway", "one")
        with monkeypatch.context() as patch, (tmp_path / "log").open("rb", buffering=0) as denied:
            patch.setattr(sys, "stdout", SimpleNamespace(buffer=denied))
            lines.tell(line("/lost"))
            await asyncio.sleep(0)
        lines.tell(line("/told"))
        await asyncio.sleep(0)

    asyncio.run(turns())
    (told,) = capfdbinary.readouterr().out.splitlines()
    assert json.loads(told)["path"] == "/told"
