"""Commands that were renamed away, and keys of a wrong type: errors of the call, never answers."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
import redis
from support.redis_keys import held, same, without_deadline
from support.redis_versions import KINDS, SERVERS, running
from support.scenes import ALONE, IN_STEPS, SCENES, Act, Scene, Seeds, told

from holdfast.errors import Refused, StoreRejected
from holdfast.scripts import commands

COMMANDS = sorted({command for scene in SCENES for command in commands(scene.verb)})


@pytest.fixture(scope="module", params=SERVERS, ids=SERVERS.get)
def binary(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def url(binary: str) -> Iterator[str]:
    with running(binary) as url:
        yield url


@pytest.fixture
def admin(url: str) -> Iterator[Any]:
    with redis.Redis.from_url(url) as client:
        client.flushall()
        yield client


def copy(source: Any, target: Any, pttl: str) -> list[bytes]:
    """Replace what a server holds by what another one holds; return the keys without a deadline.

    `pttl`: what PTTL is called by the source.
    """
    target.flushall()
    eternal = []
    for key in source.scan_iter(count=1000):
        left = int(source.execute_command(pttl, key))
        eternal += [key] * (left == -1)
        target.restore(key, max(left, 0), source.dump(key))
    return eternal


@pytest.mark.parametrize("command", COMMANDS)
def test_a_command_that_was_renamed_away_is_an_error(
    command: str, binary: str, url: str, admin: Any
) -> None:
    """Each call that needs it raises StoreRejected, and is right where the command is back."""
    seeds, another = Seeds(url), f"{command}2"
    scenes = [one for one in SCENES if command in commands(one.verb) and str(one) not in ALONE]
    rights = {scene: told(scene.prepare(seeds)(seeds.now)) for scene in scenes}
    acts = {scene: scene.prepare(seeds) for scene in scenes}
    with (
        running(binary, "--rename-command", command, another) as bare_url,
        redis.Redis.from_url(bare_url) as bare,
        asyncio.Runner() as runner,
    ):
        assert copy(admin, bare, "PTTL") == []
        store = KINDS[SERVERS[binary]](bare_url, runner)
        refused = [scene for scene in scenes if is_refused(acts[scene], store, rights[scene])]
        store.close()
        assert copy(bare, admin, another if command == "PTTL" else "PTTL") == []
    assert refused
    for scene in refused:
        assert told(acts[scene](seeds.now)) == rights[scene], scene
    seeds.close()


def is_refused(act: Act, store: Any, right: object) -> bool:
    """Tell whether an act was refused; an answer must be the right one."""
    try:
        answer = act(store)
    except StoreRejected:
        return True
    assert told(answer) == right
    return False


@pytest.mark.parametrize("scene", SCENES, ids=str)
def test_a_key_of_a_wrong_type_is_an_error_or_a_record_that_does_not_decode(
    scene: Scene, url: str, admin: Any
) -> None:
    """What is no record is never taken for an answer, and the call is right once it is back."""
    seeds = Seeds(url)
    right = told(scene.prepare(seeds)(seeds.now))
    admin.flushall()
    scene.prepare(seeds)
    for shape in shapes(admin):
        admin.flushall()
        act = scene.prepare(seeds)
        key = shapes(admin)[shape]
        there, left = admin.dump(key), admin.pttl(key)
        wrong_type(admin, key, left)
        before = held(admin)
        try:
            answer = told(act(seeds.now))
            assert answer == right or b":s:" in key, key
        except (StoreRejected, Refused):
            assert str(scene) in IN_STEPS or same(held(admin), before), key
            admin.restore(key, left, there, replace=True)
            assert told(act(seeds.now)) == right, key
        assert without_deadline(admin) == [], key
    seeds.close()


def shapes(admin: Any) -> dict[object, bytes]:
    """Return a key for each kind of keys."""
    return {
        (key.split(b":")[2], admin.type(key) == b"hash" and key_fields(admin, key)): key
        for key in admin.keys("*")
    }


def key_fields(admin: Any, key: bytes) -> tuple[bytes, ...]:
    """Return what a record is known by; fields that are ids differ from run to run."""
    return tuple(sorted(one for one in admin.hkeys(key) if len(one) <= len("since")))


def wrong_type(admin: Any, key: bytes, left_ms: int) -> None:
    kind = admin.type(key)
    admin.delete(key)
    if kind == b"hash":
        admin.set(key, "text", px=left_ms)
    else:
        admin.hset(key, "field", "text")
        admin.pexpire(key, left_ms)
