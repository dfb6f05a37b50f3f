"""A peer that runs: several instances over one Redis of their own."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Self

from devstack import redis_server
from devstack.ports import free_ports
from devstack.process import Process, answers
from peers.peer import Peer


class Running:
    """Instances of one peer on free loopback ports, and the fresh Redis they share.

    `idle_seconds` is the age of session and cookie, said the way the peer's documentation does;
    a peer that proxies sends `/proxied` to `upstream`. `durable` has Redis keep a log of what was
    written, and read it again at a start.
    `start` raises PeerError, StartError, NoRedisError, and leaves nothing behind then.
    """

    def __init__(
        self,
        peer: Peer,
        folder: Path,
        instances: int = 2,
        idle_seconds: int = 1800,
        workers: int = 1,
        upstream: str = "",
        *,
        durable: bool = False,
    ) -> None:
        self.peer, self.folder = peer, folder.resolve()
        self.processes: dict[str, Process] = {}
        self._workers, self._durable = workers, durable
        self._redis_port, *self._ports = free_ports(1 + instances)
        self.urls = [f"http://127.0.0.1:{port}" for port in self._ports]
        self.redis_url = f"redis://127.0.0.1:{self._redis_port}"
        self._env = self._environment(idle_seconds, upstream)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def start(self) -> None:
        """Start Redis and the instances, and wait until they serve."""
        self.peer.environment.check()
        self.folder.mkdir(parents=True, exist_ok=True)
        try:
            self.start_redis()
            self._prepare()
            for port in self._ports:
                self._serve(port)
            for process in self.processes.values():
                process.wait_ready()
        except BaseException:
            self.stop()
            raise

    def start_redis(self) -> None:
        """Start Redis, also again after it was killed: its data is gone then, unless durable."""
        socket = self.folder / "redis.sock"
        tcp = ("--port", str(self._redis_port), "--bind", "127.0.0.1")
        started = redis_server.start(self.folder, socket, *tcp, durable=self._durable)
        self.processes["redis"] = started
        self.processes["redis"].wait_ready()

    def restart(self, name: str) -> None:
        """Start a process again on its old address; one that still runs is ended first."""
        self.processes[name].stop()
        if name == "redis":
            self.start_redis()
            return
        self._serve(int(name.rpartition("-")[2]))
        self.processes[name].wait_ready()

    def _environment(self, idle_seconds: int, upstream: str) -> Mapping[str, str]:
        return {
            **os.environ,
            **self.peer.environment.variables(),
            **self.peer.settings,
            "REDIS_URL": self.redis_url,
            "IDLE_SECONDS": str(idle_seconds),
            "WORKERS": str(self._workers),
            "SESSION_SECRET": secrets.token_urlsafe(32),
            "STATE_DIR": str(self.folder),
            "UPSTREAM": upstream,
        }

    def _prepare(self) -> None:
        if self.peer.prepare:
            environment = self.peer.environment
            environment.run(environment.command(*self.peer.prepare), self._env)

    def _serve(self, port: int) -> None:
        name = f"{self.peer.name}-{port}"
        words = [word.format(port=port, workers=self._workers) for word in self.peer.serve]
        command = self.peer.environment.command(*words)
        env = {**self._env, "PORT": str(port)}
        url, log = f"http://127.0.0.1:{port}/healthz", self.folder / f"{name}.log"
        self.processes[name] = Process(name, command, env, log, lambda: answers(url))

    def stop(self) -> None:
        """End what was started, Redis last."""
        for name, process in self.processes.items():
            if name != "redis":
                process.ask_to_stop()
        for process in reversed(self.processes.values()):
            process.stop()
        self.processes.clear()
