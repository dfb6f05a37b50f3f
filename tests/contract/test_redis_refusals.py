"""A command that Redis refuses inside a script is an error of the call, never an answer to it.

The table is made from the scripts: every command in the text of each, refused in every situation in
which the script may run it.
"""

import asyncio
from collections.abc import Iterator
from importlib.resources import files
from typing import Any

import pytest
import redis
from support.redis_keys import Held, held, same, without_deadline
from support.redis_versions import KINDS, SERVERS, running
from support.scenes import IN_STEPS, SCENES, Scene, Seeds, told

from holdfast.errors import StoreRejected
from holdfast.scripts import EVERY, commands


@pytest.fixture(scope="module", params=SERVERS, ids=SERVERS.get)
def binary(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def url(binary: str) -> Iterator[str]:
    with running(binary) as url:
        yield url


@pytest.fixture
def few(binary: str, url: str) -> Iterator[Any]:
    """Give a store that logs in as the user `few`: of the other kind on each server."""
    with redis.Redis.from_url(url) as admin, asyncio.Runner() as runner:
        admin.execute_command("ACL", "SETUSER", "few", "on", ">few", "~*", "&*", "+@all")
        store = KINDS[SERVERS[binary]](url.replace("unix://", "unix://few:few@"), runner)
        yield store
        store.close()


def test_every_script_is_in_the_table() -> None:
    """A script without a situation would have its commands refused nowhere."""
    texts = {one.name[:-4]: one.read_text() for one in (files("holdfast") / "lua").iterdir()}
    verbs = {name for name, text in texts.items() if "--@ common" in text}
    assert verbs == {scene.verb for scene in SCENES} == set(EVERY)


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_command_denied_by_acl_is_an_error_and_leaves_nothing_half_done(
    scene: Scene, few: Any, url: str
) -> None:
    """A refusal is StoreRejected; what was there is there still, and the call works later."""
    seeds, act, refused = Seeds(url), None, 0
    with redis.Redis.from_url(url) as admin:
        right, before = told(scene.prepare(seeds)(seeds.now)), Held()
        for command in (*commands(scene.verb), "EVALSHA", None):
            if act is None:
                admin.flushall()
                act, before = scene.prepare(seeds), held(admin)
            admin.execute_command(
                "ACL", "SETUSER", "few", "+@all", *([f"-{command}"] * bool(command))
            )
            try:
                assert told(act(few)) == right, command
                act = None
            except StoreRejected:
                refused += 1
                assert without_deadline(admin) == [], command
                assert str(scene) in IN_STEPS or same(held(admin), before), command
    seeds.close()
    assert refused
