"""The peers we compare with: they serve what we ask, and lose what their documents let them lose.

What is shown here is a fact of the versions that each environment pins, under its documented
set-up. The overlaps are forced: a request is known to have read the session before the next begins.
"""

import time
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
import redis
from support.people import PASSWORD
from support.until import until

from peers.errors import PeerError
from peers.peer import PEERS
from peers.running import Running

SLOW_MS = 1000
IDLE_SECONDS, POLLED_SECONDS = 2, 3.5
BLOBS = ("express-session", "flask-session", "django-cache", "django-cached-db")


class Pair:
    """Two instances of a peer, seen by one person with one cookie jar."""

    def __init__(self, running: Running) -> None:
        self.name, self.urls = running.peer.name, running.urls
        self.http = httpx.Client(timeout=15, trust_env=False)
        self.redis = redis.Redis.from_url(running.redis_url)
        self._threads = ThreadPoolExecutor(4)

    def get(self, path: str, at: int = 0, **params: Any) -> httpx.Response:
        return self.http.get(self.urls[at] + path, params=params)

    def post(self, path: str, at: int = 0, **body: Any) -> httpx.Response:
        return self.http.post(self.urls[at] + path, json=body)

    def log_in(self, name: str = "kingsley") -> dict[str, str]:
        """Sign in; return the cookies, which a test may send again."""
        assert self.post("/login", username=name, password=PASSWORD).status_code == 200
        return dict(self.http.cookies)

    def session(self, at: int = 0) -> dict[str, Any]:
        answer = self.get("/session", at)
        assert answer.status_code == 200, answer.text
        return dict(answer.json())

    def signed_in_with(self, cookies: dict[str, str], at: int = 0) -> bool:
        """Tell whether these cookies, in an empty browser, are a live session."""
        with httpx.Client(timeout=15, trust_env=False, cookies=cookies) as browser:
            return browser.get(self.urls[at] + "/session").status_code == 200

    def begin(self, call: Callable[[], httpx.Response]) -> "Future[httpx.Response]":
        return self._threads.submit(call)

    def begin_slow(self, call: Callable[[], httpx.Response]) -> "Future[httpx.Response]":
        """Begin a slow request, and return when it has read the session."""
        before = self._reads()
        begun = self.begin(call)
        until(lambda: begun.done() or self._reads() > before, 10)
        assert not begun.done(), begun.result().text
        return begun

    def _reads(self) -> int:
        stats = self.redis.info("commandstats")
        return int(stats.get("cmdstat_get", {}).get("calls", 0))

    def close(self) -> None:
        self._threads.shutdown()
        self.http.close()
        self.redis.close()


@contextmanager
def started(
    name: str, folder: Path, idle_seconds: int = 1800, *, durable: bool = False
) -> Iterator[Running]:
    try:
        peer = PEERS[name]
        with Running(peer, folder, idle_seconds=idle_seconds, durable=durable) as running:
            yield running
    except PeerError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module", params=PEERS)
def running(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    with started(request.param, tmp_path_factory.mktemp("peer")) as running:
        yield running


@pytest.fixture
def pair(running: Running) -> Iterator[Pair]:
    with closing(Pair(running)) as pair:
        yield pair


def facts_of(*names: str) -> pytest.MarkDecorator:
    """Run a test on these peers alone."""
    return pytest.mark.parametrize("running", names, indirect=True, scope="module")


def test_it_serves_nobody_who_is_not_signed_in(pair: Pair) -> None:
    assert pair.get("/healthz").status_code == 200
    assert pair.get("/session").status_code == 401
    assert pair.post("/increment", name="n").status_code == 401
    assert pair.post("/append", name="cart", value="kelp").status_code == 401
    assert pair.post("/login", username="kingsley", password="guess").status_code == 403
    assert pair.get("/session", at=1).status_code == 401


def test_a_session_begun_on_one_is_known_changed_and_ended_on_the_other(pair: Pair) -> None:
    answer = pair.post("/login", username="kingsley", password=PASSWORD)
    assert answer.json() == {"user": "kingsley"}
    assert pair.session(at=1) == {"user": "kingsley", "data": {}}
    counts = [pair.post("/increment", at=n % 2, name="n").json() for n in range(3)]
    assert counts == [{"value": 1}, {"value": 2}, {"value": 3}]
    for length, value in enumerate(["kelp", {"size": 1.5}, None], 1):
        assert pair.post("/append", at=1, name="cart", value=value).json() == {"length": length}
    assert pair.session() == {
        "user": "kingsley",
        "data": {"n": 3, "cart": ["kelp", {"size": 1.5}, None]},
    }
    assert pair.post("/logout", at=1).status_code == 204
    assert [pair.get("/session", at=n).status_code for n in (0, 1)] == [401, 401]


@facts_of(*BLOBS)
def test_signing_in_again_gives_a_new_id_where_the_cookie_is_one(pair: Pair) -> None:
    old = pair.log_in()
    new = pair.log_in()

    assert old != new
    assert not pair.signed_in_with(old)
    assert pair.signed_in_with(new)
    assert pair.session()["user"] == "kingsley"


@facts_of(*BLOBS)
def test_one_of_two_overlapping_updates_is_lost(pair: Pair) -> None:
    """Every stack that writes the whole session back: both were told 1, and 1 is what is kept."""
    pair.log_in()
    slow = pair.begin_slow(lambda: pair.post("/increment", name="n", wait_ms=SLOW_MS))
    quick = pair.post("/increment", at=1, name="n")
    assert not slow.done()

    assert (quick.status_code, slow.result().status_code) == (200, 200)
    assert pair.session()["data"] == {"n": 1}


@facts_of(*BLOBS)
def test_an_overlapping_update_of_another_name_is_lost_too(pair: Pair) -> None:
    pair.log_in()
    slow = pair.begin_slow(lambda: pair.post("/append", name="cart", value="kelp", wait_ms=SLOW_MS))
    quick = pair.post("/increment", at=1, name="n")
    assert not slow.done()

    assert (quick.status_code, slow.result().status_code) == (200, 200)
    assert pair.session()["data"] == {"cart": ["kelp"]}


@pytest.mark.parametrize("kind", ["reading", "writing"])
@facts_of(*BLOBS)
def test_what_a_slow_request_does_to_a_logout_that_overtook_it(pair: Pair, kind: str) -> None:
    """In flask-session any request brings the session back, in express-session one that writes.

    Django looks again before it saves, and answers the slow writer 400.
    """
    cookies = pair.log_in()
    calls = {
        "reading": lambda: pair.get("/session", wait_ms=SLOW_MS),
        "writing": lambda: pair.post("/increment", name="n", wait_ms=SLOW_MS),
    }
    slow = pair.begin_slow(calls[kind])
    assert pair.post("/logout", at=1).status_code == 204
    assert not slow.done()
    assert not pair.signed_in_with(cookies, at=1)

    undone = {("flask-session", "reading"), ("flask-session", "writing")}
    undone |= {("express-session", "writing")}
    refused = pair.name.startswith("django") and kind == "writing"
    assert slow.result().status_code == (400 if refused else 200)
    assert pair.signed_in_with(cookies, at=1) is ((pair.name, kind) in undone)


@facts_of("django-cache")
def test_django_looks_and_then_writes_and_a_logout_fits_between(pair: Pair) -> None:
    """On the cache alone the look and the write are two commands; writes are held back between."""
    cookies = pair.log_in()
    slow = pair.begin_slow(lambda: pair.post("/increment", name="n", wait_ms=SLOW_MS))

    def held() -> int:
        return int(pair.redis.info("clients")["blocked_clients"])

    pair.redis.client_pause(10_000, all=False)
    logout = pair.begin(lambda: pair.post("/logout", at=1))
    until(lambda: held() == 1, 10)
    assert not slow.done()
    until(lambda: held() == 2, 10)
    pair.redis.client_unpause()

    assert (logout.result().status_code, slow.result().status_code) == (204, 200)
    assert pair.signed_in_with(cookies)


@facts_of("starlette-cookie")
def test_a_signed_cookie_is_as_good_after_logout_as_before(pair: Pair) -> None:
    """Nothing is stored, so nothing is ended: only the browser forgets."""
    cookies = pair.log_in()
    assert pair.post("/logout").status_code == 204

    assert pair.get("/session").status_code == 401
    assert pair.signed_in_with(cookies, at=1)


@facts_of("starlette-cookie")
def test_of_two_updates_of_one_signed_cookie_the_last_answer_wins(pair: Pair) -> None:
    pair.log_in()
    slow = pair.begin(lambda: pair.post("/increment", name="n", wait_ms=SLOW_MS))
    quick = pair.post("/increment", at=1, name="n")
    assert not slow.done()

    assert (quick.status_code, slow.result().status_code) == (200, 200)
    assert pair.session()["data"] == {"n": 1}


def test_a_killed_redis_with_a_log_has_the_sessions_again(tmp_path: Path) -> None:
    """So that `make compare` can ask who survives it, on the same terms for everybody."""
    with (
        started("flask-session", tmp_path, durable=True) as running,
        closing(Pair(running)) as pair,
    ):
        pair.log_in()
        running.processes["redis"].kill()
        assert pair.get("/session").status_code == 500
        running.restart("redis")

        until(lambda: pair.get("/session").status_code == 200, 10)


@pytest.mark.parametrize("name", PEERS)
def test_what_its_age_setting_means_to_a_session_that_is_only_read(
    name: str, tmp_path: Path
) -> None:
    """Polled well past that age, a browser and a copy of its cookie are still signed in or not.

    Django and the signed cookie count from the last change. express-session keeps the session
    alive, but never renews the browser's cookie.
    """
    expected = {"flask-session": (True, True), "express-session": (False, True)}
    with started(name, tmp_path, IDLE_SECONDS) as running, closing(Pair(running)) as pair:
        cookies = pair.log_in()
        until_late = time.monotonic() + POLLED_SECONDS
        while time.monotonic() < until_late:
            browser = pair.get("/session").status_code == 200
            copy = pair.signed_in_with(cookies, at=1)
            time.sleep(0.1)  # How often it is polled; nothing is awaited.

        assert (browser, copy) == expected.get(name, (False, False))
