"""Settings that make no sense stop the start with one line, before anything listens."""

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest
import redis
from e2e.conftest import started
from support.people import Person
from support.until import until

from auth.settings import AuthSettings
from devstack import redis_server
from devstack.ports import free_ports
from devstack.process import Process
from gateway.settings import GatewaySettings
from holdfast import Keys, Lifetime, Session, Token
from holdfast.errors import HoldfastError
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore
from holdfast.token import random_bucket
from servicekit.settings import SettingsError, read

SECRET = "kq3-VnHere-8Zr_0pLw"
NEEDED = {
    "HOLDFAST_REDIS_URL": "redis://127.0.0.1:1",
    "HOLDFAST_PEPPER": SECRET,
    "HOLDFAST_SERVICE_TOKEN": SECRET,
    "HOLDFAST_ADMIN_TOKEN": SECRET,
    "HOLDFAST_DATABASE_URL": "sqlite://",
    "HOLDFAST_AUTH_URLS": "http://127.0.0.1:8000",
}


def answers_ping(store: RedisStore) -> bool:
    """Return whether a store can be asked."""
    try:
        return store.ping() > 0
    except HoldfastError:
        return False


@contextmanager
def on_ipv6(kind: str, folder: Path) -> Iterator[str]:
    """Run a Redis on ::1, watched by a Sentinel or as a cluster of one; give the store's URL."""
    port, watcher = free_ports(2)
    listen = ["--bind", "::1", "--protected-mode", "no"]
    options = ["--port", str(port), *listen]
    if kind == "cluster":
        options += ["--cluster-enabled", "yes"]
    server = redis_server.start(folder / "redis", folder / "s", *options, durable=False)
    watching = None
    try:
        server.wait_ready()
        if kind == "cluster":
            with redis.Redis(host="::1", port=port) as client:
                client.execute_command("CLUSTER ADDSLOTS", *range(16384))
            yield f"redis+cluster://[::1]:{port}, [0::1]:{port}"
            return
        conf = folder / "sentinel.conf"
        conf.write_text(f"sentinel monitor holdfast ::1 {port} 1\n")
        command = [redis_server.binary(), str(conf), "--sentinel", "--port", str(watcher), *listen]
        watching = Process("sentinel", command, os.environ, folder / "log", lambda: True)
        yield f"redis+sentinel://[::1]:{watcher}, [0::1]:{watcher}/holdfast"
    finally:
        for process in filter(None, (watching, server)):
            process.kill()


def refusal(kind: type[AuthSettings | GatewaySettings], **settings: str) -> str:
    """Return the one line that the settings are refused with, empty where they are taken."""
    try:
        read(kind, {**NEEDED, "HOLDFAST_DATABASE_URL": "sqlite:///x", **settings})
    except SettingsError as error:
        (line,) = error.faults
        assert "\n" not in line
        return line
    return ""


@pytest.mark.parametrize("service", ["gateway", "auth"])
def test_a_bind_that_makes_no_sense_stops_the_start_with_one_line(
    service: str, tmp_path: Path
) -> None:
    """No service listens on a port of its own choice, and none tries for ever.

    Report: this project's review (case Q18).
    Rule: RFC 3986, 3.2.2 and 3.2.3; ASVS 5.0, 13.1.
    """
    env = {
        **os.environ,
        **NEEDED,
        "HOLDFAST_DATABASE_URL": f"sqlite:///{tmp_path}/accounts.sqlite",
        "HOLDFAST_BIND": "127.0.0.1",
        "HOLDFAST_INTERNAL_BIND": "[::]:99999",
    }
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        "HOLDFAST_BIND is malformed: no port, as in 127.0.0.1:8080 or [::1]:8080 (got '127.0.0.1')",
        "HOLDFAST_INTERNAL_BIND is malformed: the port is not from 1 to 65535 (got '[::]:99999')",
    ]


def test_numbers_beyond_what_can_be_kept_stop_the_start(tmp_path: Path) -> None:
    """The longest lifetime that is taken makes sessions that work; a longer one is refused.

    Report: this project's review (case F21).
    Rule: ASVS 5.0, 7.3 and 13.1.
    """
    most = "315360000"
    rows = [
        ("IDLE_SECONDS", most), ("ABSOLUTE_SECONDS", most), ("REMEMBER_IDLE_SECONDS", most),
        ("REMEMBER_ABSOLUTE_SECONDS", most), ("ANONYMOUS_SECONDS", most),
        ("ANONYMOUS_PER_CLIENT", "1000000000"), ("ROTATION_GRACE_SECONDS", "3600"),
        ("STORE_TIMEOUT_MS", "60000"), ("WAIT_REPLICAS", "100"),
        ("LOGIN_ATTEMPTS", "1000000000"), ("LOGIN_WINDOW_SECONDS", most), ("TOUCH_SECONDS", "1799"),
    ]  # fmt: skip
    for short, text in rows:
        name = f"HOLDFAST_{short}"
        assert refusal(AuthSettings, **{name: text}) == "", name
        for more in (str(int(text) + 1), "300000000000", "-1", "1.5", "9" * 400):
            assert refusal(AuthSettings, **{name: more}).startswith(f"{name} is malformed"), more

    lifetimes = {f"HOLDFAST_{name}": text for name, text in rows[:5]}
    with started(tmp_path / "run", **lifetimes) as stack:
        person = Person(*stack.urls).register()
        assert person.log_in(remember=True).status_code == 200
        assert person.get("/session").json()["absolute_expires_at"].startswith("2036")
        assert person.stranger().patch({"op": "increment", "name": "n"}).status_code == 201
        assert len(person.get("/sessions").json()) == 1
        person.close()


def test_every_kind_of_session_is_kept_alive_by_its_requests(tmp_path: Path) -> None:
    """One touch interval serves the shortest idle time, so no session ends while it is used.

    Report: this project's review (case F21).
    Rule: ASVS 5.0, 7.3.1.
    """
    with started(tmp_path / "run", HOLDFAST_ANONYMOUS_SECONDS="2") as stack:
        visitor = Person(*stack.urls)
        assert visitor.patch({"op": "increment", "name": "n"}).status_code == 201
        begun = time.monotonic()
        until(lambda: visitor.get("/session").is_error or time.monotonic() - begun > 4, 10)
        assert visitor.get("/session").status_code == 200
        visitor.close()


@pytest.mark.parametrize("kind", ["sentinel", "cluster"])
def test_sentinels_and_clusters_are_reached_by_ipv6_literals(kind: str, tmp_path: Path) -> None:
    """A list of hosts with IPv6 literals and spaces connects, for the blocking and asyncio client.

    Report: this project's review (case F12).
    Rule: RFC 3986, 3.2.2.
    """
    with ExitStack() as stack:
        url = stack.enter_context(on_ipv6(kind, tmp_path))
        store = RedisStore(url, Keys("hf", b"p" * 32), timeout_s=2)
        stack.callback(store.close)
        token = Token.new(random_bucket())
        until(lambda: answers_ping(store), 15)
        store.create(token, Lifetime(60_000, 60_000))

        async def load() -> bool:
            beside = AsyncRedisStore(url, Keys("hf", b"p" * 32), timeout_s=2)
            found = await beside.load(token, touch_ms=0)
            await beside.close()
            return isinstance(found, Session)

        assert asyncio.run(load())


def test_a_path_behind_sentinels_or_a_cluster_is_not_taken_silently() -> None:
    """What a URL says and no client would honour stops the start with one line.

    Report: this project's review (case Q18).
    Rule: ASVS 5.0, 13.1.
    """
    for url in (
        "redis+sentinel://a,b/mymaster/3",
        "redis+cluster://a,b/3",
        "redis+cluster://a,b/mymaster",
        "redis+cluster://a,::1",
        "redis://a:70000/0",
        "redis://a,b/0",
        "redis://u:1#2@a/0",
        "unix://run/redis.sock",
    ):
        line = refusal(GatewaySettings, HOLDFAST_REDIS_URL=url)
        assert line.startswith("HOLDFAST_REDIS_URL is malformed"), url
