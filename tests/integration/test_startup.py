"""A store that is foreign, shut or open to anybody is told at the start, in one line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import redis
from support import redis_cluster, redis_versions, tls
from support.redis_server import Server, serving
from support.redis_versions import SERVERS
from support.sentinels import replica_of
from support.until import until

from holdfast import Keys
from holdfast.redis_inspect import inspect
from holdfast.scripts import EVERY, commands
from servicekit import settings
from sessionhttp.settings import SessionSettings
from sessionhttp.startup import check_store_or_exit, why_unfit

ENV = {
    "PATH": os.environ["PATH"],
    "HOLDFAST_PEPPER": "0123456789abcdef-pepper",
    "HOLDFAST_SERVICE_TOKEN": "0123456789abcdef-service",
    "HOLDFAST_ADMIN_TOKEN": "0123456789abcdef-admin",
    "HOLDFAST_DATABASE_URL": "sqlite:////nowhere/never-opened",
    "HOLDFAST_AUTH_URLS": "http://127.0.0.1:1",
}


@pytest.fixture
def server() -> Iterator[Server]:
    with serving() as server:
        yield server


class Told(NamedTuple):
    """How a check of the store went: a status, and lines on stderr."""

    status: object
    lines: list[str]


Check = Callable[..., Told]


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> Check:
    """Give what a service does before it starts."""

    def run(url: str, **more: str) -> Told:
        config = settings.read(SessionSettings, {**ENV, "HOLDFAST_REDIS_URL": url, **more})
        status: object = 0
        try:
            check_store_or_exit(config)
        except SystemExit as stopped:
            status = stopped.code
        return Told(status, capsys.readouterr().err.splitlines())

    return run


def refused(told: Told, line: str) -> None:
    assert told.status == 2
    assert len(told.lines) == 1, told.lines
    assert line in told.lines[0]


@pytest.mark.parametrize("service", ["gateway", "auth"])
def test_OUT_17_a_wrong_password_stops_a_service_with_one_line(
    server: Server, service: str
) -> None:
    server.ask("ACL", "SETUSER", "shut", "on", ">right", "~*", "+@all")
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{service}.gunicorn_conf"]
    env = {**ENV, "HOLDFAST_REDIS_URL": f"redis://shut:wrong@127.0.0.1:{server.port}/0"}
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode != 0
    lines = done.stderr.splitlines()
    assert len(lines) == 1, lines
    assert "HOLDFAST_REDIS_URL leads to a store that turns us away" in lines[0]
    assert "wrong" not in lines[0]


def test_OUT_17_a_password_that_is_missing_is_told(server: Server, check: Check) -> None:
    server.ask("CONFIG", "SET", "requirepass", "0123456789")
    refused(check(server.url), "turns us away: it refuses the user or the password")


def test_OUT_17_a_user_who_may_not_run_our_scripts_is_told(server: Server, check: Check) -> None:
    server.ask("ACL", "SETUSER", "few", "on", ">few", "~other:*", "+@all")
    told = check(f"redis://few:few@127.0.0.1:{server.port}/0")
    refused(told, "does not run our scripts")


def test_OUT_17_sessions_of_another_pepper_are_told_and_a_rotation_is_none(
    server: Server, check: Check
) -> None:
    other, peppers = "fedcba9876543210-pepper", ENV["HOLDFAST_PEPPER"]
    assert check(server.url).status == 0
    refused(check(server.url, HOLDFAST_PEPPER=other), "HOLDFAST_PEPPER is not the one")
    assert check(server.url, HOLDFAST_PEPPER=other, HOLDFAST_REDIS_PREFIX="other").status == 0

    both = {"HOLDFAST_PEPPER": other, "HOLDFAST_PEPPER_PREVIOUS": peppers}
    assert check(server.url, **both).status == 0
    assert check(server.url, HOLDFAST_PEPPER=other).status == 0
    refused(check(server.url), "HOLDFAST_PEPPER is not the one")


def test_OUT_17_sessions_of_a_later_layout_are_told(server: Server, check: Check) -> None:
    assert check(server.url).status == 0
    server.ask("HSET", "hf:{00}:m", "l", "2")
    refused(check(server.url), "sessions of a later version")


def test_OUT_17_a_store_that_lets_anybody_in_is_warned_of(server: Server, check: Check) -> None:
    warning = "warning: the store of HOLDFAST_REDIS_URL lets anybody in without a password"
    for login in ("", "default:useless-password@"):
        assert check(f"redis://{login}127.0.0.1:{server.port}/0") == (0, [warning])
    refused(check(f"redis://:useless-password@127.0.0.1:{server.port}/0"), "turns us away")
    server.ask("ACL", "SETUSER", "ours", "on", ">right", "~hf:*", "+@all")
    server.ask("ACL", "SETUSER", "default", "off")
    assert check(f"redis://ours:right@127.0.0.1:{server.port}/0").lines == []


def test_a_store_that_is_away_or_a_replica_stops_no_start(server: Server, check: Check) -> None:
    with serving(*replica_of(server)) as replica:
        status, lines = check(replica.url)
        assert (status, len(lines)) == (0, 1)
        assert lines[0].startswith("warning: the store of HOLDFAST_REDIS_URL does not serve now")
        assert "ReadOnly" in lines[0]
    server.kill()
    assert check(server.url).status == 0


@pytest.mark.parametrize("command", commands(*EVERY))
def test_a_right_that_is_missing_is_named(server: Server, check: Check, command: str) -> None:
    """Each command of the scripts, denied or renamed away, stops the start by its name."""
    server.ask("ACL", "SETUSER", "few", "on", ">few", "~hf:*", "+@all", f"-{command}")
    url = f"redis://few:few@127.0.0.1:{server.port}/0"
    refused(check(url), f"refuses commands we need: {command}")
    server.ask("ACL", "SETUSER", "few", f"+{command}")
    assert check(url).status == 0
    assert server.ask("KEYS", "*") == [b"hf:{00}:m"]


def test_an_old_server_names_what_it_refuses_too() -> None:
    """Redis 6.2 words a refusal inside a script otherwise than 7 does."""
    wheel = next(path for path, name in SERVERS.items() if name == "wheel")
    with redis_versions.running(wheel, "--rename-command", "RENAME", "MOVED") as url:
        with redis.Redis.from_url(url) as admin:
            admin.execute_command("ACL", "SETUSER", "few", "on", ">few", "~*", "+@all", "-hset")
        found = inspect(url.replace("://", "://few:few@"), Keys("hf", b"p" * 32), EVERY, 5)
    assert found.refused == ("HSET", "RENAME")
    assert found.version is not None
    assert not found.too_old


def test_memory_that_may_evict_is_refused_or_warned_of(server: Server, check: Check) -> None:
    open_to_all = "warning: the store of HOLDFAST_REDIS_URL lets anybody in without a password"
    server.ask("CONFIG", "SET", "maxmemory-policy", "volatile-lru")
    status, lines = check(server.url)
    assert status == 0
    assert "evicts sessions once it has a memory limit" in lines[0]
    server.ask("CONFIG", "SET", "maxmemory", "100mb")
    refused(check(server.url), "its maxmemory-policy is volatile-lru, not noeviction")
    status, lines = check(server.url, HOLDFAST_ALLOW_EVICTION="true")
    assert status == 0
    assert "evicts sessions when its memory is full: maxmemory-policy volatile-lru" in lines[0]
    server.ask("CONFIG", "SET", "maxmemory-policy", "noeviction")
    assert check(server.url) == (0, [open_to_all])


def test_memory_that_may_not_be_asked_about_is_warned_of(server: Server, check: Check) -> None:
    server.ask("ACL", "SETUSER", "ours", "on", ">right", "~hf:*", "+@all", "-info")
    server.ask("ACL", "SETUSER", "default", "off")
    status, lines = check(f"redis://ours:right@127.0.0.1:{server.port}/0")
    assert status == 0
    assert lines == [
        "warning: the user of HOLDFAST_REDIS_URL may not ask whether the store evicts sessions"
    ]


def test_a_server_before_6_2_is_refused(server: Server) -> None:
    config = settings.read(SessionSettings, {**ENV, "HOLDFAST_REDIS_URL": server.url})
    found = inspect(server.url, config.keys, EVERY, 5)
    for version, good in {"5.0.14": False, "6.0.16": False, "6.2.0": True, "8.0.1": True}.items():
        assert bool(why_unfit(replace(found, version=version), config)) is not good


@pytest.mark.slow
def test_each_node_of_a_cluster_is_asked(check: Check) -> None:
    """A right that one node alone refuses stops the start; a slot without a node is warned of."""
    with redis_cluster.running() as cluster:
        nodes: list[Any] = [redis.Redis(port=port) for port in cluster.ports]
        assert check(cluster.url).status == 0
        nodes[2].execute_command("ACL", "SETUSER", "default", "-hgetall")
        refused(check(cluster.url), "refuses commands we need: HGETALL")
        nodes[2].execute_command("ACL", "SETUSER", "default", "+hgetall")

        def lacks_a_slot() -> bool:
            for node in reversed(nodes):  # whose it is first, or it would say so to the others
                with suppress(redis.ResponseError):
                    node.execute_command("CLUSTER DELSLOTS", 16383)
            return "serves 16383 of 16384 slots" in "".join(check(cluster.url).lines)

        until(lacks_a_slot, 10)
        for node in nodes:
            node.close()


@tls.needed
def test_RED_08_tls_is_verified_and_a_certificate_of_somebody_else_refused(
    tmp_path: Path, check: Check
) -> None:
    identity, theirs = tls.identity(tmp_path), tls.authority(tmp_path, "theirs")
    ours = identity.authority
    with tls.built_in(), serving(tls=identity) as server:
        url = server.url
        assert check(f"{url}?ssl_ca_certs={ours}").status == 0
        refused(check(f"{url}?ssl_ca_certs={theirs}"), "its certificate is not trusted")
        refused(check(url), "its certificate is not trusted")
        by_name = url.replace("127.0.0.1", "localhost")
        refused(check(f"{by_name}?ssl_ca_certs={ours}"), "its certificate is not trusted")
        status, lines = check(url.replace("rediss", "redis"))
        assert status == 0
        assert "does not serve now" in lines[0]
