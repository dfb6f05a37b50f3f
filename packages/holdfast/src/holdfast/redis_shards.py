"""A Redis Cluster on one event loop: a link to each node that has sessions, and the map of them."""

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import Any

from redis.asyncio.cluster import RedisCluster
from redis.exceptions import AskError, ClusterDownError, MovedError, TryAgainError
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import TimeoutError as DriverTimeout

from holdfast.calls import Call
from holdfast.redis_link import Links

_ELSEWHERE = (MovedError, AskError, TryAgainError)
_LOST = (LostConnection, ClusterDownError, DriverTimeout, OSError)


class Shards:
    """Sends each call to the node that has its key. A shard that is away takes no other along.

    The driver keeps the map. Whoever finds it wrong has it learnt anew, behind the callers: that
    may take longer than they wait, and who gives up must not end it.
    """

    def __init__(self, cluster: RedisCluster, timeout_s: float) -> None:
        self._cluster, self._timeout_s = cluster, timeout_s
        self._links: dict[str, Links] = {}
        self._learning: asyncio.Task[None] | None = None

    async def send(self, call: Call[Any], deadline: float, *, whole: bool = False) -> Any:
        """Send a call and return its reply: see Links.send."""
        try:
            links = await self._links_to(call.key, deadline)
            return await links.send(call, deadline, whole=whole)
        except _LOST:
            self._learn()
            raise
        except _ELSEWHERE:  # nothing was applied; the driver knows the ways to where
            self._learn()
        async with asyncio.timeout_at(deadline):
            return await self._cluster.execute_command(*call.words(whole=whole))

    async def alone(self, call: Call[Any], deadline: float, wait: Sequence[Any]) -> list[Any]:
        """Send a call and the WAIT for its replicas: see Links.alone."""
        try:
            replies = await (await self._links_to(call.key, deadline)).alone(call, deadline, wait)
        except _LOST:
            self._learn()
            raise
        if not isinstance(replies[0], _ELSEWHERE):
            return replies
        async with asyncio.timeout_at(deadline):
            await asyncio.shield(self._learn())
        return await (await self._links_to(call.key, deadline)).alone(call, deadline, wait)

    async def _links_to(self, key: str, deadline: float) -> Links:
        if not self._cluster.nodes_manager.slots_cache:
            async with asyncio.timeout_at(deadline):
                await asyncio.shield(self._learn())
        node: Any = self._cluster.get_node_from_key(key)
        if node.name not in self._links:
            connection = partial(node.connection_class, **node.connection_kwargs)
            self._links[node.name] = Links(connection, self._timeout_s)
        return self._links[node.name]

    def _learn(self) -> asyncio.Task[None]:
        """Ask the nodes for the map, unless that is being done."""
        if self._learning is None or self._learning.done():
            self._learning = asyncio.create_task(self._ask_nodes())
            self._learning.add_done_callback(_look_at)
        return self._learning

    async def _ask_nodes(self) -> None:
        await self._cluster.initialize()
        await self._cluster.nodes_manager.initialize()
        primaries = {node.name for node in self._cluster.get_primaries()}
        for name in self._links.keys() - primaries:
            await self._links.pop(name).close()

    async def close(self) -> None:
        """Hang up."""
        if self._learning:
            self._learning.cancel()
        for links in self._links.values():
            await links.close()


def _look_at(task: asyncio.Task[None]) -> None:
    """Take note of how a task ended, or the loop would complain of it."""
    if not task.cancelled():
        task.exception()
