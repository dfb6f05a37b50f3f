"""A store that is foreign, shut or open to anybody is told at the start, in one line."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest
from support import tls
from support.redis_server import Server, serving
from support.sentinels import replica_of

from servicekit import settings
from sessionhttp.settings import SessionSettings
from sessionhttp.startup import check_store_or_exit

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
