"""How many workers there are, and that slow neighbours hold nobody up."""

import asyncio
import runpy
from pathlib import Path

import httpx
import pytest

from devstack.stack import Stack
from servicekit import gunicorn_conf

COMMON = str(Path(gunicorn_conf.__file__))
SLOW, MANY = 1.0, 100


def test_GUN_01_15_workers_are_as_many_as_told_and_their_heartbeat_is_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    assert runpy.run_path(COMMON)["workers"] == 1
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    told = runpy.run_path(COMMON)

    assert told["workers"] == 3
    assert told["worker_tmp_dir"] == "/dev/shm"  # noqa: S108 - memory


def test_GUN_02_a_hundred_slow_upstream_requests_do_not_hold_up_the_health_check(
    stack: Stack,
) -> None:
    async def answers() -> list[httpx.Response]:
        limits = httpx.Limits(max_connections=MANY + 1)
        async with httpx.AsyncClient(
            base_url=stack.urls[0], trust_env=False, timeout=30, limits=limits
        ) as client:
            slow = [
                asyncio.create_task(client.get(f"/app/slow?seconds={SLOW}")) for _ in range(MANY)
            ]
            await asyncio.sleep(SLOW / 2)
            healthy = await client.get("/healthz")
            assert not [one for one in slow if one.done()]
            return [healthy, *await asyncio.gather(*slow)]

    assert {answer.status_code for answer in asyncio.run(answers())} == {200}
