"""A Redis that refuses commands, or evicts: never a logout, and no start."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import httpx
import pytest
from faults.conftest import Bench, bench_on
from support.people import Person
from support.redis_server import Server, serving
from support.until import until

from holdfast.scripts import EVERY, commands

STARTING = ("PEXPIREAT", "HSET", "DEL", "RENAME", "HGETALL")
"""Without the rights to these a service used to start, and to say that it was ready."""


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    """Give a stack on a Redis whose rights and settings a test may change and puts back."""
    with serving() as redis, bench_on(redis, tmp_path_factory.mktemp("refusals")) as made:
        yield made


def every_kind(person: Person) -> dict[str, httpx.Response]:
    """Make every kind of request that needs the store; the sign-out is the last."""
    calls: dict[str, Callable[[], httpx.Response]] = {
        "session": lambda: person.get("/session"),
        "verify": lambda: person.get("/auth/verify"),
        "write": lambda: person.patch({"op": "increment", "name": "n", "by": 1}),
        "proxied": lambda: person.get("/echo"),
        "devices": lambda: person.get("/sessions"),
        "sign-in": lambda: person.another().log_in(),
        "sign-out": lambda: person.post("/logout"),
    }
    return {name: call() for name, call in calls.items()}


def test_a_command_that_redis_refuses_is_an_outage_and_never_a_logout(own: Bench) -> None:
    """With any command of the scripts denied no request is 401, and the same cookie works later.

    What needs the command is 503 with Retry-After and leaves the cookie as it is.

    Report: ioredis#1737 (case F4).
    Rule: RFC 9110, 15.6.4; ASVS 5.0, 16.5.3.
    """
    person, refused = own.someone().register(), set[str]()
    for command in (*commands(*EVERY), "EVALSHA"):
        if person.get("/session").status_code != 200:
            assert person.log_in().status_code == 200
        cookie = person.cookie
        own.redis.ask("ACL", "SETUSER", "default", f"-{command}")
        answers = every_kind(person)
        own.redis.ask("ACL", "SETUSER", "default", f"+{command}")
        for name, answer in answers.items():
            if answer.status_code == 503:
                refused.add(name)
                assert answer.headers["content-type"] == "application/problem+json", name
                assert answer.json()["type"] == "/problems/session-store-unavailable", name
                assert answer.headers["retry-after"], name
                assert "set-cookie" not in answer.headers, name
            else:
                assert answer.is_success, (command, name, answer.text)
        if answers["sign-out"].status_code == 503:
            assert person.cookie == cookie
            assert person.get("/session").status_code == 200, command
    assert refused == answers.keys()


def test_readiness_knows_rights_that_were_taken_and_memory_that_evicts(own: Bench) -> None:
    """/readyz names what became wrong while the services ran, and what is right again.

    Report: ioredis#1737 (cases F4 and Q1).
    Rule: Redis documentation, ACL and key eviction.
    """
    urls = [*own.stack.urls, *own.stack.env["HOLDFAST_AUTH_URLS"].split(",")]

    def bad() -> set[str]:
        told = [httpx.get(f"{url}/readyz").json() for url in urls]
        assert all((one["status"] == "ok") == all_good(one) for one in told)
        return {name for one in told for name, check in one["checks"].items() if not check["ok"]}

    def all_good(one: dict[str, dict[str, dict[str, bool]]]) -> bool:
        return all(check["ok"] for check in one["checks"].values())

    until(lambda: not bad(), 10)
    own.redis.ask("ACL", "SETUSER", "default", "-rename")
    until(lambda: bad() == {"redis_commands"}, 10)
    own.redis.ask("ACL", "SETUSER", "default", "+rename")
    own.redis.ask("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", "allkeys-lru")
    until(lambda: bad() == {"redis_eviction"}, 10)
    own.redis.ask("CONFIG", "SET", "maxmemory", "0", "maxmemory-policy", "noeviction")
    until(lambda: not bad(), 10)


class Checked(NamedTuple):
    """How a check of the configuration ended."""

    status: int
    lines: list[str]


def check_config(server: Server, folder: Path, **more: str) -> Checked:
    env = {
        "PATH": os.environ["PATH"],
        "HOLDFAST_REDIS_URL": server.url,
        "HOLDFAST_PEPPER": "0123456789abcdef-pepper",
        "HOLDFAST_SERVICE_TOKEN": "0123456789abcdef-service",
        "HOLDFAST_ADMIN_TOKEN": "0123456789abcdef-admin",
        "HOLDFAST_DATABASE_URL": f"sqlite:///{folder}/accounts.db",
        **more,
    }
    command = [str(Path(sys.executable).parent / "holdfast-admin"), "check-config"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)
    return Checked(done.returncode, done.stderr.splitlines())


def test_a_store_that_refuses_commands_stops_the_start_with_one_line(tmp_path: Path) -> None:
    """`check-config` names all commands that are missing, and ends with 2.

    Report: ioredis#1737 (case F4).
    Rule: Redis documentation, ACL.
    """
    with serving() as server:
        server.ask("ACL", "SETUSER", "default", *(f"-{one}" for one in STARTING))
        status, lines = check_config(server, tmp_path)
        assert status == 2
        names = ", ".join(sorted(STARTING))
        assert lines == [
            f"HOLDFAST_REDIS_URL leads to a store that refuses commands we need: {names}"
        ]


def test_a_store_that_evicts_sessions_stops_the_start_unless_that_is_allowed(
    tmp_path: Path,
) -> None:
    """Any policy but noeviction ends `check-config` with 2; a setting makes it a warning.

    Report: this project's review (case Q1).
    Rule: Redis documentation, key eviction.
    """
    with serving() as server:
        for policy in ("allkeys-lru", "volatile-ttl"):
            server.ask("CONFIG", "SET", "maxmemory", "1gb", "maxmemory-policy", policy)
            status, (line,) = check_config(server, tmp_path)
            assert status == 2
            assert f"its maxmemory-policy is {policy}, not noeviction" in line
        status, lines = check_config(server, tmp_path, HOLDFAST_ALLOW_EVICTION="true")
        assert status == 0
        assert "evicts sessions when its memory is full" in "\n".join(lines)
