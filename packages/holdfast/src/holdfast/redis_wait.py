"""A script and the WAIT for its replicas on one connection, whose writes WAIT is about."""

import time
from typing import Any, cast

from redis.asyncio.cluster import ClusterNode, PipelineCommand
from redis.asyncio.cluster import RedisCluster as AsyncRedisCluster
from redis.cluster import RedisCluster
from redis.exceptions import MovedError

from holdfast.errors import NotConfirmed

# Redis looks at who has waited long enough every 100 ms (hz 10), and that too few have it must be
# told in time: a replica that is away is no outage.
_LATE_MS = 120


class Confirmation:
    """How many replicas must have a write, and until when (`deadline` of time.monotonic)."""

    def __init__(self, replicas: int, deadline: float) -> None:
        self._replicas, self._deadline = replicas, deadline

    def _wait(self) -> tuple[str, int, int]:
        # 0 ms would mean to wait for ever.
        left_ms = int((self._deadline - time.monotonic()) * 1000)
        return "WAIT", self._replicas, max(1, left_ms - _LATE_MS)

    def _judge(self, replies: list[Any]) -> Any:
        reply, confirmed = replies
        for one in replies:
            if isinstance(one, Exception):
                raise one
        if confirmed < self._replicas:
            raise NotConfirmed(confirmed, self._replicas)
        return reply

    def run(self, client: Any, key: str, *script: Any) -> Any:
        """Send `script`, a whole command; return its reply. Raises NotConfirmed."""
        if isinstance(client, RedisCluster):
            return self._run_on_node(client, key, *script)
        with client.pipeline(transaction=False) as pipe:
            pipe.execute_command(*script)
            pipe.execute_command(*self._wait())
            return self._judge(pipe.execute(raise_on_error=False))

    def _run_on_node(self, cluster: RedisCluster, key: str, *script: Any) -> Any:
        try:
            return self.run(_node(cluster, key), key, *script)
        except MovedError:  # nothing was applied
            cluster.nodes_manager.initialize()
            return self.run(_node(cluster, key), key, *script)

    async def run_async(self, client: Any, key: str, *script: Any) -> Any:
        """Do the same on an event loop."""
        if isinstance(client, AsyncRedisCluster):
            return await self._run_on_node_async(client, key, *script)
        async with client.pipeline(transaction=False) as pipe:
            pipe.execute_command(*script)
            pipe.execute_command(*self._wait())
            return self._judge(await pipe.execute(raise_on_error=False))

    async def _run_on_node_async(self, cluster: AsyncRedisCluster, key: str, *script: Any) -> Any:
        await cluster.initialize()
        try:
            return await self._pipe(cluster, key, *script)
        except MovedError:  # nothing was applied
            await cluster.nodes_manager.initialize()
            return await self._pipe(cluster, key, *script)

    async def _pipe(self, cluster: AsyncRedisCluster, key: str, *script: Any) -> Any:
        commands = [PipelineCommand(0, *script), PipelineCommand(1, *self._wait())]
        node = cast("ClusterNode", cluster.get_node_from_key(key))
        await node.execute_pipeline(commands)
        return self._judge([one.result for one in commands])


def _node(cluster: Any, key: str) -> Any:
    return cluster.get_redis_connection(cluster.get_node_from_key(key))
