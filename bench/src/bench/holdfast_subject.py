"""Holdfast as `make run` starts it."""

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from bench.http import NAME, PASSWORD, Request, call, json_request, sign_in
from bench.lanes import (
    ANONYMOUS,
    HEALTH,
    HOLDFAST,
    INCREMENT,
    LOGIN,
    PUT,
    READ,
    VERIFY,
    WORKS,
)
from bench.measurement import Load, Measurement
from bench.subject import HttpSubject
from bench.upstream import PATHS, Upstream, proxied
from devstack import redis_server
from devstack.ports import free_ports
from devstack.stack import GATEWAYS, Stack
from holdfast import Keys

_COUNTER, _VALUE = "n", "x" * 1022
_ROUTE = '[[routes]]\nprefix = "/proxied"\nupstream = "{url}"\naccess = "session"\n'
# Many log in as one person at once, and each attempt counts until it is known to be right.
_ATTEMPTS = "100000"
_LOGINS_AT_ONCE = 6


class HoldfastSubject(HttpSubject):
    """Logs and metrics on, nothing kept on disk; one of its gateways is asked.

    `url` and `gateway` are that gateway's address and process group, `auths` those of the auths,
    `cookie` is of somebody who is signed in, `socket` is Redis's.
    """

    name, title = HOLDFAST, "Holdfast, one gateway worker"

    def __init__(
        self,
        folder: Path,
        upstream: Upstream | None = None,
        env: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__()
        self._folder, self._upstream, self._env = folder, upstream, env or {}
        self.gateway, self.socket = 0, folder / "redis.sock"
        self.auths: set[int] = set()
        self.works = [work for work in WORKS if upstream or work not in PATHS]
        self.url = self.cookie = self._writer = ""

    def start(self) -> None:
        """Start it, make accounts and sign in."""
        self._folder.mkdir(parents=True)
        redis_port, *gateways = free_ports(1 + GATEWAYS)
        self._start_redis(redis_port)
        env = {
            "HOLDFAST_REDIS_URL": f"redis://127.0.0.1:{redis_port}",
            "HOLDFAST_LOGIN_ATTEMPTS": _ATTEMPTS,
        }
        if self._upstream:
            routes = self._folder / "gateway.toml"
            routes.write_text(_ROUTE.format(url=self._upstream.url))
            env["HOLDFAST_ROUTES"] = str(routes)
            self.groups.add(self._upstream.pid)
        stack = Stack(self._folder / "run", gateways[0], {**env, **self._env})
        self._started.callback(stack.stop)
        stack.start()
        pids = {name: process.pid for name, process in stack.processes.items()}
        self.groups |= set(pids.values())
        self.auths = {pid for name, pid in pids.items() if name.startswith("auth-")}
        self.url, self.gateway = stack.urls[0], pids["gateway-1"]
        for name in (NAME, LOGIN):
            body = {"username": name, "password": PASSWORD}
            call(json_request("POST", self.url + "/register", "", body))
        self.cookie, self._writer = sign_in(self.url), sign_in(self.url)

    def _start_redis(self, port: int) -> None:
        tcp = ("--port", str(port), "--bind", "127.0.0.1")
        redis = redis_server.start(self._folder, self.socket, *tcp, durable=False)
        self._started.callback(redis.stop)
        redis.wait_ready()
        self.groups.add(redis.pid)

    def request(self, work: str) -> Request:
        """Return the request of a kind of work."""
        url, cookie = self.url, {"cookie": self.cookie}
        if work in PATHS:
            return proxied(work, url, self.cookie)
        value = json_request("PUT", url + "/session/data/value", self._writer, {})
        ops = {"ops": [{"op": "increment", "name": _COUNTER, "by": 1}]}
        # Somebody else, whose oldest session each login ends.
        who = {"username": LOGIN, "password": PASSWORD}
        return {
            READ: Request("GET", url + "/session", cookie),
            VERIFY: Request("GET", url + "/auth/verify", cookie),
            INCREMENT: json_request("PATCH", url + "/session/data", self.cookie, ops),
            PUT: Request("PUT", value.url, value.headers, f'"{_VALUE}"'),
            LOGIN: json_request("POST", url + "/login", "", who),
            ANONYMOUS: Request("GET", url + "/session", refused=True),
            HEALTH: Request("GET", url + "/healthz"),
        }[work]

    def measure(self, work: str, load: Load) -> Measurement:
        """Let wrk send the request of this kind of work. Raises BenchError."""
        if work == LOGIN:
            # Whoever finds no place is refused, which is another kind of work.
            load = replace(load, connections=min(load.connections, _LOGINS_AT_ONCE))
        return super().measure(work, load)

    @property
    def keys(self) -> Keys:
        """Name the keys of its sessions."""
        return Keys("hf", (self._folder / "run" / "holdfast_pepper").read_bytes())

    def counted(self) -> int:
        """Return the counter that increments add to."""
        return int(call(self.request(READ)).json()["data"].get(_COUNTER, 0))
