"""The logins of deploy/redis/users.acl: each service has the commands that it needs, no other."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from support.redis_server import serving

from gateway.app import SCRIPTS
from holdfast.keys import Keys
from holdfast.redis_inspect import inspect
from holdfast.scripts import EVERY, commands

KEEPER = Path(__file__).parents[2] / "deploy/keep_secrets.py"
SHOP = ("load", "commit", "create", "rotate", "end", "recognise")
USERS = {"gateway": SCRIPTS, "auth": EVERY, "shop": SHOP}
EARLIER = {"PEXPIRE"}
"""What the scripts of version 0.1 need besides."""


@pytest.fixture(scope="module")
def urls(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """Run a Redis with these users; yield a URL for each service."""
    folder = tmp_path_factory.mktemp("secrets")
    made = [sys.executable, str(KEEPER)]
    subprocess.run(made, env={**os.environ, "SECRETS": str(folder)}, check=True, timeout=30)
    lines = next(folder.rglob("redis/users.acl")).read_text().splitlines()
    with serving() as server:
        for _, name, *rules in map(str.split, lines):
            if name in USERS:
                # The driver says its name where the server knows that command: since Redis 7.2.
                known = [one for one in rules if one != "+client|setinfo"]
                server.ask("ACL", "SETUSER", name, *known)
        keys = {name: (folder / f"kept/redis_{name}").read_text() for name in USERS}
        yield {
            name: f"redis://{name}:{key}@127.0.0.1:{server.port}/0" for name, key in keys.items()
        }


@pytest.mark.parametrize("user", USERS)
def test_RED_04_each_service_has_the_commands_that_it_needs(
    urls: dict[str, str], user: str
) -> None:
    found = inspect(urls[user], Keys("hf", b"p" * 32), USERS[user], 5)
    assert found.refused == ()
    assert found.version is not None
    assert found.evicts == ""


@pytest.mark.parametrize("command", ["CONFIG GET maxmemory", "ACL WHOAMI", "KEYS *"])
def test_RED_04_no_service_may_do_what_only_an_operator_does(
    urls: dict[str, str], command: str
) -> None:
    for url in urls.values():
        with redis.Redis.from_url(url) as client, pytest.raises(redis.exceptions.NoPermissionError):
            client.execute_command(*command.split())


def test_RED_04_no_service_has_a_command_that_no_script_uses() -> None:
    text = KEEPER.read_text()
    granted = text.partition("SCRIPTS = (")[2].partition(")")[0].replace('"', "").split()
    used = {*commands(*EVERY), "EVAL", "EVALSHA"}
    alone = {"SET", "DECR"}  # of auth, in users.acl
    assert {one.upper() for one in granted} - EARLIER == used - alone
