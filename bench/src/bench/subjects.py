"""Who is measured: started, signed in to, and asked for the requests of each kind of work."""

import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any, Protocol

import httpx

from bench.errors import BenchError
from bench.lanes import HEALTH, HOLDFAST, INCREMENT, READ, VERIFY, Request
from devstack import redis_server
from devstack.ports import free_ports
from devstack.stack import GATEWAYS, Stack
from peers.peer import Peer
from peers.running import Running

_WHO = {"username": "kingsley", "password": "correct horse battery staple"}
_COUNTER, _TIMEOUT_S = "n", 10.0


class Subject(Protocol):
    """A session stack with one worker and a Redis of its own, reached over TCP."""

    name: str
    title: str

    def start(self) -> None:
        """Start it and sign in. Raises PeerError, StartError, NoRedisError, BenchError."""

    def stop(self) -> None:
        """End whatever was started."""

    def request(self, work: str) -> Request:
        """Return the request of a kind of work, as somebody who is signed in."""

    def counted(self) -> int:
        """Return the counter that increments add to."""

    def groups(self) -> set[int]:
        """Return the process groups of its whole server side, Redis too."""


def _call(request: Request) -> httpx.Response:
    answer = httpx.request(
        request.method,
        request.url,
        headers=request.headers,
        content=request.body,
        timeout=_TIMEOUT_S,
        trust_env=False,
    )
    if answer.is_error:
        raise BenchError(f"{request.method} {request.url} answered {answer.status_code}")
    return answer


def _json(method: str, url: str, cookie: str, body: Mapping[str, Any]) -> Request:
    headers = {"content-type": "application/json"} | ({"cookie": cookie} if cookie else {})
    return Request(method, url, headers, json.dumps(body))


def _sign_in(url: str) -> str:
    answer = _call(_json("POST", url + "/login", "", _WHO))
    return "; ".join(f"{name}={value}" for name, value in answer.cookies.items())


class HoldfastSubject:
    """Holdfast as `make run` starts it, logs and metrics on; one of its gateways is asked."""

    name, title = HOLDFAST, "Holdfast, one gateway worker"

    def __init__(self, folder: Path) -> None:
        self._folder, self._started = folder, ExitStack()
        self._groups: set[int] = set()
        self._url = self._cookie = ""

    def start(self) -> None:
        """Start it, make an account and sign in."""
        redis_port, *gateways = free_ports(1 + GATEWAYS)
        self._start_redis(redis_port)
        env = {"HOLDFAST_REDIS_URL": f"redis://127.0.0.1:{redis_port}"}
        stack = Stack(self._folder / "run", gateways[0], env)
        self._started.callback(stack.stop)
        stack.start()
        self._groups |= {process.pid for process in stack.processes.values()}
        self._url = stack.urls[0]
        _call(_json("POST", self._url + "/register", "", _WHO))
        self._cookie = _sign_in(self._url)

    def _start_redis(self, port: int) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        socket, tcp = self._folder / "redis.sock", ("--port", str(port), "--bind", "127.0.0.1")
        redis = redis_server.start(self._folder, socket, *tcp, durable=False)
        self._started.callback(redis.stop)
        redis.wait_ready()
        self._groups.add(redis.pid)

    def request(self, work: str) -> Request:
        """Return the request of a kind of work, as somebody who is signed in."""
        ops = [{"op": "increment", "name": _COUNTER, "by": 1}]
        cookie = {"cookie": self._cookie}
        return {
            READ: Request("GET", self._url + "/session", cookie),
            VERIFY: Request("GET", self._url + "/auth/verify", cookie),
            INCREMENT: _json("PATCH", self._url + "/session/data", self._cookie, {"ops": ops}),
            HEALTH: Request("GET", self._url + "/healthz"),
        }[work]

    def counted(self) -> int:
        """Return the counter that increments add to."""
        return int(_call(self.request(READ)).json()["data"].get(_COUNTER, 0))

    def groups(self) -> set[int]:
        """Return the process groups of its whole server side, Redis too."""
        return self._groups

    def stop(self) -> None:
        """End whatever was started, Redis last."""
        self._started.close()


class PeerSubject:
    """One process of a peer."""

    def __init__(self, peer: Peer, folder: Path) -> None:
        self.name, self.title = peer.name, peer.title
        self._running = Running(peer, folder, instances=1)
        self._url, self._cookie = self._running.urls[0], ""

    def start(self) -> None:
        """Start it and sign in."""
        self._running.start()
        self._cookie = _sign_in(self._url)

    def request(self, work: str) -> Request:
        """Return the request of a kind of work, as somebody who is signed in."""
        return {
            READ: Request("GET", self._url + "/session", {"cookie": self._cookie}),
            INCREMENT: _json("POST", self._url + "/increment", self._cookie, {"name": _COUNTER}),
            HEALTH: Request("GET", self._url + "/healthz"),
        }[work]

    def counted(self) -> int:
        """Return the counter that increments add to."""
        return int(_call(self.request(READ)).json()["data"].get(_COUNTER, 0))

    def groups(self) -> set[int]:
        """Return the process groups of its whole server side, Redis too."""
        return {process.pid for process in self._running.processes.values()}

    def stop(self) -> None:
        """End whatever was started."""
        self._running.stop()
