"""A real three-node Redis Cluster for tests, made without redis-cli: works with Redis 6.2 too."""

import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis

from devstack import redis_server

SLOTS, NODES, BUS_OFFSET, LAST_PORT = 16384, 3, 10000, 65535
FORM_SECONDS = 20


def _free_port() -> int:
    """Find a port that is free, and whose bus port is, too."""
    while True:
        with socket.create_server(("127.0.0.1", 0)) as probe:
            port: int = probe.getsockname()[1]
        if port + BUS_OFFSET <= LAST_PORT:
            return port
        with socket.create_server(("127.0.0.1", port - BUS_OFFSET)):
            return port - BUS_OFFSET


@contextmanager
def running() -> Iterator[str]:
    """Run the cluster; yield its redis+cluster:// URL."""
    with ExitStack() as stack:
        ports = [_free_port() for _ in range(NODES)]
        for port in ports:
            folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            options = ["--port", str(port), "--bind", "127.0.0.1", "--cluster-enabled", "yes"]
            node = redis_server.start(folder, folder / "redis.sock", *options, durable=False)
            stack.callback(node.kill)
            node.wait_ready()
        _join(ports)
        yield "redis+cluster://" + ",".join(f"127.0.0.1:{port}" for port in ports)


def _join(ports: list[int]) -> None:
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
