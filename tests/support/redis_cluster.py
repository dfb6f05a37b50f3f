"""A real Redis Cluster of three shards for tests, made without redis-cli: works with 6.2 too."""

import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import redis
from support.redis_server import listening
from support.tls import Identity
from support.until import until

from devstack import redis_server
from devstack.ports import free_ports, is_free
from devstack.process import Process

SLOTS, SHARDS, BUS_OFFSET = 16384, 3, 10000
FORM_SECONDS, NODE_TIMEOUT_MS = 20, 1000


class Cluster:
    """Nodes by port: the primaries first, then, where there are any, their replicas in order.

    `client` are the options of the driver's clients to all of them.
    """

    def __init__(self, ports: range, nodes: dict[int, Process], client: dict[str, Any]) -> None:
        self.ports, self.nodes, self.client = ports, nodes, client

    @property
    def url(self) -> str:
        hosts = ",".join(f"127.0.0.1:{port}" for port in self.ports)
        return f"redis{'s' if self.client else ''}+cluster://{hosts}"

    def primary_of(self, key: str) -> int:
        """Return the port of who has a key, by what a node that lives knows."""
        port = next(port for port in self.ports if self.nodes[port].alive())
        with redis.Redis(port=port, **self.client) as client:
            shards = client.execute_command("CLUSTER SLOTS")
            slot = client.execute_command("CLUSTER KEYSLOT", key)
        return next(int(shard[2][1]) for shard in shards if shard[0] <= slot <= shard[1])

    def replicated(self) -> bool:
        """Tell whether every replica has as many keys as its primary."""
        sizes = []
        for port in self.ports:
            with redis.Redis(port=port, **self.client) as client:
                sizes.append(client.dbsize())
        return sizes[:SHARDS] == sizes[SHARDS:]

    def move(self, key: str) -> None:
        """Give the empty slot of a key to the next primary."""
        old = self.ports.index(self.primary_of(key))
        with ExitStack() as stack:
            nodes = [
                stack.enter_context(redis.Redis(port=port, **self.client)) for port in self.ports
            ]
            slot = nodes[0].execute_command("CLUSTER KEYSLOT", key)
            name = nodes[(old + 1) % SHARDS].execute_command("CLUSTER MYID")
            for node in nodes[:SHARDS]:
                node.execute_command("CLUSTER SETSLOT", slot, "NODE", name)


def _ports(count: int) -> range:
    """Find ports that are free, and whose bus ports are, too."""
    while True:
        ports = free_ports(count)
        if all(is_free(port + BUS_OFFSET) for port in ports):
            return ports


@contextmanager
def running(*, replicas: bool = False, tls: Identity | None = None) -> Iterator[Cluster]:
    """Run a cluster, each shard with a replica or without; yield it when all agree."""
    with ExitStack() as stack:
        cluster = Cluster(_ports(SHARDS * (1 + replicas)), {}, tls.client if tls else {})
        for port in cluster.ports:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = [*listening(port, tls), "--cluster-enabled", "yes"]
            options += ["--tls-cluster", "yes"] if tls else []
            options += ["--cluster-node-timeout", str(NODE_TIMEOUT_MS)]
            options += ["--cluster-require-full-coverage", "no"]
            options += ["--repl-diskless-sync-delay", "0"]
            node = redis_server.start(folder, folder / "redis.sock", *options, durable=False)
            cluster.nodes[port] = node
            stack.callback(_end, node)
        for node in cluster.nodes.values():
            node.wait_ready()
        _join(cluster)
        yield cluster


def _end(node: Process) -> None:
    if node.alive():
        node.kill()


def _join(cluster: Cluster) -> None:
    ports = cluster.ports
    clients = [redis.Redis(port=port, decode_responses=True, **cluster.client) for port in ports]
    with ExitStack() as stack:
        for client in clients:
            stack.callback(client.close)
        for node, client in enumerate(clients):
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", node + 1)
            client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0])
        for shard, client in enumerate(clients[:SHARDS]):
            slots = range(SLOTS * shard // SHARDS, SLOTS * (shard + 1) // SHARDS)
            client.execute_command("CLUSTER ADDSLOTS", *slots)
        until(lambda: all(_knows_all(client, len(ports)) for client in clients), FORM_SECONDS)
        for primary, replica in zip(clients, clients[SHARDS:], strict=False):
            until(partial(_follows, replica, primary), FORM_SECONDS)
        followed = clients[:SHARDS] if len(ports) > SHARDS else []
        until(lambda: all(_is_followed(client) for client in followed), FORM_SECONDS)


def _knows_all(client: redis.Redis, nodes: int) -> bool:
    info = client.execute_command("CLUSTER INFO")
    text = info if isinstance(info, str) else "\r\n".join(f"{k}:{v}" for k, v in info.items())
    return "cluster_state:ok" in text and f"cluster_known_nodes:{nodes}" in text


def _follows(client: redis.Redis, primary: redis.Redis) -> bool:
    try:
        name = primary.execute_command("CLUSTER MYID")
        return bool(client.execute_command("CLUSTER REPLICATE", name))
    except redis.ResponseError:  # gossip has not told it of that one yet
        return False


def _is_followed(client: redis.Redis) -> bool:
    state = client.info("replication").get("slave0")
    return bool(state and state["state"] == "online")
