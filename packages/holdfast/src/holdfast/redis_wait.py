"""A script and the WAIT for its replicas on one connection, whose writes WAIT is about."""

from typing import Any

from redis.cluster import RedisCluster
from redis.exceptions import ConnectionError as LostConnection
from redis.exceptions import MovedError
from redis.exceptions import TimeoutError as DriverTimeout

from holdfast.errors import NotConfirmed

# Redis looks at who has waited long enough every 100 ms (hz 10), and that too few have it must be
# told in time, on a busy machine too: a replica that is away is no outage.
_LATE_MS = 150


def wait_for(replicas: int, left_s: float) -> tuple[str, int, int]:
    """Return the WAIT that is answered within what is left of a call's time, in seconds."""
    # 0 ms would mean to wait for ever.
    return "WAIT", replicas, max(1, int(left_s * 1000) - _LATE_MS)


def confirmed(replies: list[Any], replicas: int) -> Any:
    """Return the script's reply, of its and WAIT's. Raises NotConfirmed, and errors among them."""
    for one in replies:
        if isinstance(one, Exception):
            raise one
    reply, count = replies
    if count < replicas:
        raise NotConfirmed(count, replicas)
    return reply


def run_both(client: Any, key: str, *commands: tuple[Any, ...]) -> list[Any]:
    """Send the script and WAIT by a blocking client of any kind; return replies and errors."""
    if not isinstance(client, RedisCluster):
        return _in_one_pipeline(client, *commands)
    try:
        replies = _in_one_pipeline(_node(client, key), *commands)
    except (LostConnection, DriverTimeout):
        client.nodes_manager.initialize()
        raise
    if isinstance(replies[0], MovedError):  # nothing was applied
        client.nodes_manager.initialize()
        replies = _in_one_pipeline(_node(client, key), *commands)
    return replies


def _in_one_pipeline(client: Any, *commands: tuple[Any, ...]) -> list[Any]:
    with client.pipeline(transaction=False) as pipe:
        for command in commands:
            pipe.execute_command(*command)
        replies: list[Any] = pipe.execute(raise_on_error=False)
        return replies


def _node(cluster: Any, key: str) -> Any:
    return cluster.get_redis_connection(cluster.get_node_from_key(key))
