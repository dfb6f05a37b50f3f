"""A Redis that serves nobody, or no writer: each verb raises a typed error, and is right later."""

import asyncio
from typing import Any

import pytest
import redis
from support.awaited import Awaited
from support.redis_keys import without_deadline
from support.redis_versions import SERVERS, running
from support.refusing import CLUSTER, STATES, State, serve_all_slots
from support.scenes import ALONE, KEYS, SCENES, Scene, Seeds, told

from holdfast.errors import StoreError
from holdfast.redis_store import RedisStore

OPTIONS: dict[str, Any] = {"keys": KEYS, "timeout_s": 2}
GROWS = {"create", "commit", "take", "count", "recognise"}
"""Scripts that may be refused with memory full; the others go on."""


# A server for each state, some of which take seconds to enter: `make test-faults` runs these.
@pytest.mark.slow
@pytest.mark.parametrize(
    ("state", "binary"),
    [
        pytest.param(state, path, id=f"{state.name}-{name}")
        for state in STATES
        for path, name in SERVERS.items()
        if name in state.servers
    ],
)
def test_a_server_that_refuses_calls_is_a_typed_error_of_each_verb(
    state: State, binary: str
) -> None:
    """No verb takes a refusal for an answer, and each is right when the server serves again."""
    scenes = [one for one in SCENES if str(one) not in ALONE]
    if state.slow:
        scenes = list({scene.verb: scene for scene in scenes}.values())
    with (
        running(binary, *state.options) as url,
        redis.Redis.from_url(url, socket_timeout=60) as admin,
        asyncio.Runner() as runner,
    ):
        if CLUSTER[0] in state.options:
            serve_all_slots(admin)
        seeds = Seeds(url)
        rights = {scene: told(scene.prepare(seeds)(seeds.now)) for scene in scenes}
        acts = {scene: scene.prepare(seeds) for scene in scenes}
        failed: dict[Scene, StoreError] = {}
        with state.enter(admin):
            for number, scene in enumerate(scenes):
                # A store each, for the breaker of one would answer in place of the server.
                threads = number % 2
                store: Any = (
                    RedisStore(url, **OPTIONS) if threads else Awaited(runner, url, **OPTIONS)
                )
                try:
                    assert told(acts[scene](store)) == rights[scene], scene
                except StoreError as error:
                    failed[scene] = error
                store.close()
        assert {type(error) for error in failed.values()} == {state.error}, failed
        if state.name == "OOM":
            assert {scene.verb for scene in failed} <= GROWS
        for scene in failed:
            assert told(acts[scene](seeds.now)) == rights[scene], scene
        assert without_deadline(admin) == []
        seeds.close()
