"""One application, before and after its one line is changed, on a real server with threads.

Every race is forced: both requests have read the session before either writes.
"""

import os
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from devstack.ports import free_ports
from devstack.process import Process, answers
from holdfast import Keys

BEFORE = "from flask_session import Session"
AFTER = "from holdfast.flask import Session"
SOURCE = (Path(__file__).parent / "movable_app.py").read_text()


@contextmanager
def served(folder: Path, redis_url: str, keys: Keys, line: str) -> Iterator[str]:
    """Run the application with this line in gunicorn; yield its address."""
    assert SOURCE.splitlines().count(BEFORE) == 1
    (folder / "moved.py").write_text(SOURCE.replace(BEFORE, line))
    port = free_ports(1)[0]
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "moved:app"]
    command += ["--worker-class", "gthread", "--threads", "8", "--chdir", str(folder)]
    command += ["--no-control-socket"]
    env = {**os.environ, "REDIS_URL": redis_url, "PREFIX": keys.prefix}
    url = f"http://127.0.0.1:{port}"
    process = Process("moved", command, env, folder / "log", lambda: answers(url + "/"))
    try:
        process.wait_ready()
        yield url
    finally:
        process.stop()


class Browser:
    """Somebody who is logged in, and may send two requests at once."""

    def __init__(self, url: str) -> None:
        self._http = httpx.Client(base_url=url, timeout=30, trust_env=False)
        assert self.post("/login").status_code == 200

    def post(self, path: str) -> httpx.Response:
        return self._http.post(path)

    def at_once(self, *paths: str) -> list[int]:
        with ThreadPoolExecutor(len(paths)) as threads:
            return [answer.status_code for answer in threads.map(self.post, paths)]

    def data(self) -> dict[str, Any]:
        found: dict[str, Any] = self._http.get("/").json()
        return found

    def close(self) -> None:
        self._http.close()


@pytest.fixture(params=[BEFORE, AFTER], ids=["Flask-Session", "Holdfast"])
def moved(
    request: pytest.FixtureRequest, tmp_path: Path, redis_url: str, keys: Keys
) -> Iterator[tuple[Browser, bool]]:
    with served(tmp_path, redis_url, keys, request.param) as url:
        browser = Browser(url)
        yield browser, request.param == AFTER
        browser.close()


Moved = tuple[Browser, bool]


def test_concurrent_writes_are_lost_before_and_kept_or_refused_after(moved: Moved) -> None:
    browser, after = moved
    assert browser.at_once("/set/a?at=both", "/set/b?at=both") == [200, 200]
    assert {"a", "b"} <= browser.data().keys() or not after
    assert len({"a", "b"} & browser.data().keys()) == (2 if after else 1)

    assert browser.at_once("/cart/x?at=both", "/cart/y?at=both") == [200, 200]
    assert len(browser.data()["cart"]) == (2 if after else 1)

    counted = browser.at_once("/count?at=both", "/count?at=both")
    assert sorted(counted) == ([200, 409] if after else [200, 200])
    assert browser.data()["n"] == 1
    assert (counted.count(200) == browser.data()["n"]) is after


def test_a_request_in_flight_brings_the_session_back_before_and_not_after(moved: Moved) -> None:
    browser, after = moved
    cookie = dict(browser._http.cookies)

    with ThreadPoolExecutor(1) as thread:
        in_flight = thread.submit(browser.post, "/set/late?at=hold")
        assert browser.post("/logout").text == "bye"
        browser.post("/release")
        assert in_flight.result(30).status_code == (401 if after else 200)
    browser._http.cookies.clear()
    browser._http.cookies.update(cookie)
    assert ("user_id" in browser.data()) is not after
