"""A real three-node Redis Cluster for tests, made without redis-cli: works with Redis 6.2 too."""

import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from devstack import redis_server
from devstack.ports import free_ports, is_free

SLOTS, NODES, BUS_OFFSET = 16384, 3, 10000
FORM_SECONDS = 20


def _ports() -> range:
    """Find ports that are free, and whose bus ports are, too."""
    while True:
        ports = free_ports(NODES)
        if all(is_free(port + BUS_OFFSET) for port in ports):
            return ports


@contextmanager
def running() -> Iterator[str]:
    """Run the cluster; yield its redis+cluster:// URL."""
    with ExitStack() as stack:
        ports = _ports()
        for port in ports:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = ["--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
            node = redis_server.start(folder, folder / "redis.sock", *options, durable=False)
            stack.callback(node.kill)
            node.wait_ready()
        _join(ports)
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)


def _join(ports: range) -> None:
    clients = [redis.Redis(port=port, decode_responses=True) for port in ports]
    try:
        for node, client in enumerate(clients):
            slots = range(SLOTS * node // NODES, SLOTS * (node + 1) // NODES)
            client.execute_command("CLUSTER ADDSLOTS", *slots)
            client.execute_command("CLUSTER SET-CONFIG-EPOCH", node + 1)
            client.execute_command("CLUSTER MEET", "127.0.0.1", ports[0])
        deadline = time.monotonic() + FORM_SECONDS
        while not all(_knows_all(client) for client in clients):
            assert time.monotonic() < deadline, "the cluster did not form"
            time.sleep(0.05)
    finally:
        for client in clients:
            client.close()


def _knows_all(client: redis.Redis) -> bool:
    info = client.execute_command("CLUSTER INFO")
    text = info if isinstance(info, str) else "\r\n".join(f"{k}:{v}" for k, v in info.items())
    return "cluster_state:ok" in text and f"cluster_known_nodes:{NODES}" in text
