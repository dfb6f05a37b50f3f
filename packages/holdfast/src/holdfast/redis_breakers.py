"""A circuit breaker for each node of a cluster, and one word about the whole."""

import threading
from contextlib import suppress
from functools import partial
from typing import Any

from redis.exceptions import RedisClusterException

from holdfast.breaker import Breaker, OnChange, tell_nobody


class ShardBreakers:
    """While one shard is away the sessions of the others go on, and nobody waits for that one.

    `on_change` is told when the first node is given up and when the last one serves again, or is
    no longer needed because another took its place.
    """

    def __init__(self, on_change: OnChange = tell_nobody) -> None:
        self._on_change, self._lock = on_change, threading.Lock()
        self._breakers: dict[str, Breaker] = {}
        self._lost: set[str] = set()

    def of(self, cluster: Any, key: str) -> Breaker:
        """Return the breaker of the node that has a key, by the map of the driver's client."""
        name = ""  # until the map is known
        if cluster is not None:
            if self._lost:
                self._keep({node.name for node in cluster.get_primaries()})
            with suppress(RedisClusterException):
                name = cluster.get_node_from_key(key).name
        found = self._breakers.get(name)
        if found is None:
            made = Breaker(partial(self._changed, name))
            found = self._breakers.setdefault(name, made)
        return found

    def _keep(self, known: set[str]) -> None:
        for gone in self._lost - known if known else ():
            self._breakers.pop(gone, None)
            self._changed(gone, None)

    def _changed(self, name: str, fault: str | None) -> None:
        with self._lock:
            before = bool(self._lost)
            (self._lost.add if fault else self._lost.discard)(name)
            if before != bool(self._lost):
                self._on_change(fault)
