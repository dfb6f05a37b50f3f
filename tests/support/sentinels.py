"""A primary, its replicas and three Sentinels, as real processes."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import redis
from support.redis_server import Server, serving
from support.tls import Identity
from support.until import until

from devstack import redis_server
from devstack.ports import free_ports
from devstack.process import Process

GROUP, SENTINELS = "holdfast", 3


class Watched:
    """A primary watched by Sentinels. `servers` begins with who was primary at first.

    `client` are the options of the driver's clients to all of them.
    """

    def __init__(self, servers: list[Server], ports: range) -> None:
        self.servers, self.ports = servers, ports
        self.sentinels: list[Process] = []
        self.client = servers[0].client

    @property
    def url(self) -> str:
        return self.url_of(*self.ports)

    def url_of(self, *ports: int) -> str:
        hosts = ",".join(f"127.0.0.1:{one}" for one in ports)
        return f"redis{'s' if self.client else ''}+sentinel://{hosts}/{GROUP}"

    def primary_port(self) -> int:
        with redis.Redis(port=self.ports[-1], decode_responses=True, **self.client) as client:
            return int(client.sentinel_get_master_addr_by_name(GROUP)[1])

    def settled(self) -> bool:
        """Tell whether every Sentinel knows the others and all replicas."""
        for port in self.ports:
            with redis.Redis(port=port, decode_responses=True, **self.client) as client:
                state = client.sentinel_master(GROUP)
            if state["num-other-sentinels"] != SENTINELS - 1:
                return False
            if state["num-slaves"] != len(self.servers) - 1:
                return False
        return True


def replica_of(primary: Server) -> tuple[str, str]:
    return "--replicaof", f"127.0.0.1 {primary.port}"


def linked(primary: Server, replicas: int = 1) -> bool:
    """Tell whether so many replicas follow a primary, by a write that they confirm."""
    with (
        redis.Redis(port=primary.port, **primary.client) as client,
        client.pipeline(transaction=False) as pipe,
    ):
        pipe.set("linked", 1).delete("linked").execute_command("WAIT", replicas, 200)
        return bool(pipe.execute()[-1] == replicas)


def _sentinel(folder: Path, port: int, primary: Server, tls: Identity | None) -> Process:
    conf = folder / f"{port}.conf"
    listen = f"port 0\ntls-port {port}" if tls else f"port {port}"
    more = "".join(f"{name} {value}\n" for name, value in (tls.settings() if tls else {}).items())
    conf.write_text(
        f"{listen}\nbind 127.0.0.1\ndir {folder}\n{more}"
        f"sentinel monitor {GROUP} 127.0.0.1 {primary.port} 2\n"
        f"sentinel down-after-milliseconds {GROUP} 1000\n"
        f"sentinel failover-timeout {GROUP} 6000\n"
    )

    def ready() -> bool:
        try:
            with redis.Redis(port=port, **primary.client) as client:
                return bool(client.ping())
        except redis.RedisError:
            return False

    command = [redis_server.binary(), str(conf), "--sentinel"]
    return Process(f"sentinel {port}", command, os.environ, folder / f"{port}.log", ready)


@contextmanager
def running(replicas: int = 1, tls: Identity | None = None) -> Iterator[Watched]:
    """Run them all; yield when they know each other."""
    with ExitStack() as stack:
        primary = stack.enter_context(serving(tls=tls))
        others = [
            stack.enter_context(serving(*replica_of(primary), tls=tls)) for _ in range(replicas)
        ]
        watched = Watched([primary, *others], free_ports(SENTINELS))
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        for port in watched.ports:
            watched.sentinels.append(_sentinel(folder, port, primary, tls))
            stack.callback(watched.sentinels[-1].stop)
        for one in watched.sentinels:
            one.wait_ready()
        until(lambda: linked(primary, replicas) and watched.settled(), 30)
        yield watched
