"""The ASGI drop-in on a real server with two workers."""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from devstack.ports import free_ports
from devstack.process import Process, answers
from holdfast import Keys


@pytest.fixture
def url(tmp_path: Path, redis_url: str, keys: Keys) -> Iterator[str]:
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "asgi_app:main()"]
    command += ["--worker-class", "asgi", "--workers", "2", "--no-control-socket"]
    command += ["--chdir", str(Path(__file__).parent)]
    env = {**os.environ, "REDIS_URL": redis_url, "PREFIX": keys.prefix}
    address = f"http://127.0.0.1:{port}"
    process = Process("asgi", command, env, tmp_path / "log", lambda: answers(address + "/"))
    try:
        process.wait_ready()
        yield address
    finally:
        process.stop()


def test_sixty_parallel_requests_lose_nothing_and_a_logout_sticks(url: str) -> None:
    with httpx.Client(base_url=url, timeout=30, trust_env=False) as browser:
        browser.post("/login")
        signed_in = dict(browser.cookies)
        with ThreadPoolExecutor(12) as threads:
            sent = threads.map(lambda n: browser.post(f"/count?sku={n}"), range(60))
            assert {answer.status_code for answer in sent} == {204}

        shown = browser.get("/").json()
        assert (shown["user"], shown["data"]["n"]) == ("Kingsley", 60)
        assert sorted(map(int, shown["data"]["cart"])) == list(range(60))

        browser.post("/logout")
        browser.cookies.update(signed_in)
        assert browser.get("/").json() == {"data": {}, "user": None}
