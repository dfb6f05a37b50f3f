"""What a store is like before a service starts on it: rights, version, eviction, slots."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from concurrent.futures import TimeoutError as DeadlineError
from contextlib import suppress
from dataclasses import dataclass
from time import time
from typing import Any

from redis.cluster import RedisCluster
from redis.exceptions import RedisClusterException, ResponseError

from holdfast.calls import BUCKETS
from holdfast.keys import Keys
from holdfast.redis_client import connect, with_its_sentinels
from holdfast.redis_errors import TRANSLATED, translate
from holdfast.scripts import commands, script

OLDEST = (6, 2)
"""The oldest version of Redis that the scripts run on."""
SLOTS = 16384
_EVICTS_NOTHING = "noeviction"


@dataclass(frozen=True, slots=True)
class Inspection:
    """What was found, of all nodes together. None: the store does not say, or may not be asked.

    `refused`: commands that the scripts need. `version`: the oldest. `evicts`: the policy by which
    keys are evicted when the memory is full; "" when none are. `memory_limit`: bytes, 0 for none.
    `slots`: how many a cluster serves. `ahead_s`: by how much its clock is ahead of this machine's.
    """

    refused: tuple[str, ...]
    version: str | None
    evicts: str | None
    memory_limit: int | None
    slots: int | None
    ahead_s: float

    @property
    def too_old(self) -> bool:
        """Return whether the scripts cannot run on this version."""
        return self.version is not None and _numbers(self.version) < OLDEST


def inspect(url: str, keys: Keys, scripts: Sequence[str], timeout_s: float) -> Inspection:
    """Look at a store by a connection of its own, within `timeout_s`. Raises StoreError.

    Runs every command of `scripts` on keys that no session has, which also works where the user
    may not ask for the user's own rights.
    """
    thread = ThreadPoolExecutor(1, thread_name_prefix="holdfast-inspect")
    try:
        return thread.submit(_inspect, url, keys, commands(*scripts), timeout_s).result(timeout_s)
    except (DeadlineError, *TRANSLATED) as error:
        raise translate(error) from error
    finally:
        thread.shutdown(wait=False)


def _inspect(url: str, keys: Keys, needed: Sequence[str], timeout_s: float) -> Inspection:
    client = connect(url, timeout_s)
    try:
        in_cluster = isinstance(client, RedisCluster)
        nodes = _nodes(client, keys) if in_cluster else [(client, keys.base(0))]
        slots = len(client.nodes_manager.slots_cache) if in_cluster else None
        return _together([_look(node, base, needed) for node, base in nodes], slots)
    finally:
        for one in with_its_sentinels(client):
            one.close()


def _nodes(cluster: Any, keys: Keys) -> list[tuple[Any, str]]:
    """Return a client for each node that has sessions, and the base of a bucket there."""
    found: dict[str, tuple[Any, str]] = {}
    for bucket in range(BUCKETS):
        with suppress(RedisClusterException):  # a slot that no node serves
            node = cluster.get_node_from_key(keys.base(bucket))
            found.setdefault(node.name, (cluster.get_redis_connection(node), keys.base(bucket)))
    return list(found.values())


def _look(client: Any, base: str, needed: Sequence[str]) -> Inspection:
    probe = script("probe")
    words = (1, f"{base}s:-", base, *needed)
    refused = client.execute_command("EVAL", probe.source, *words)
    client.execute_command("EVALSHA", probe.sha, *words)
    version, memory, ahead_s = None, dict[str, Any](), 0.0
    with suppress(ResponseError):
        version = _version(client.execute_command("HELLO"))
    with suppress(ResponseError):
        memory = client.execute_command("INFO", "memory")
    if b"TIME" not in refused:
        seconds, microseconds = client.execute_command("TIME")
        ahead_s = seconds + microseconds / 1e6 - time()
    policy, limit = memory.get("maxmemory_policy"), memory.get("maxmemory")
    evicts = "" if policy == _EVICTS_NOTHING else policy
    return Inspection(tuple(one.decode() for one in refused), version, evicts, limit, None, ahead_s)


def _version(hello: Any) -> str | None:
    fields = hello if isinstance(hello, dict) else dict(zip(hello[::2], hello[1::2], strict=True))
    told = fields.get(b"version") or fields.get("version")
    return told.decode() if isinstance(told, bytes) else told


def _together(nodes: Sequence[Inspection], slots: int | None) -> Inspection:
    versions = [one.version for one in nodes if one.version is not None]
    policies = [one.evicts for one in nodes if one.evicts is not None]
    limits = [one.memory_limit for one in nodes if one.memory_limit is not None]
    return Inspection(
        refused=tuple(sorted({name for one in nodes for name in one.refused})),
        version=min(versions, key=_numbers) if versions else None,
        evicts=max(policies) if policies else None,
        memory_limit=max(limits) if limits else None,
        slots=slots,
        ahead_s=max((one.ahead_s for one in nodes), key=abs, default=0.0),
    )


def _numbers(version: str) -> tuple[int, ...]:
    return tuple(int(one) for one in version.split(".")[:2] if one.isdecimal())
