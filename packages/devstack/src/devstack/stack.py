"""The stack: Redis, two auths, two gateways and the shop, sharing sessions."""

import os
import secrets
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from auth.migrate import migrate
from devstack import redis_server
from devstack.ports import free_ports, is_free
from devstack.process import Process, StartError, answers

_SECRETS = ("HOLDFAST_PEPPER", "HOLDFAST_SERVICE_TOKEN", "HOLDFAST_ADMIN_TOKEN")
_LONGEST_SOCKET_PATH = 100
GATEWAYS, AUTHS = 2, 2


class Stack:
    """Everything of one run folder, its gateways from `port` up. `env` overrides any HOLDFAST_*.

    `start` raises StartError, NoRedisError; `stop` ends what was started, Redis last. `lock` is the
    descriptor of the folder's lock: see Process.
    """

    lock: int | None = None

    def __init__(
        self, folder: Path, port: int, env: Mapping[str, str], gateways: int = GATEWAYS
    ) -> None:
        self.folder, self.port, self._gateways = folder.resolve(), port, gateways
        self._given = {k: v for k, v in env.items() if k.startswith(("HOLDFAST_", "WEB_"))}
        self.processes: dict[str, Process] = {}
        self.internal: dict[str, int] = {}
        self.env: dict[str, str] = {}

    @property
    def urls(self) -> list[str]:
        """The gateways' addresses."""
        return [f"http://127.0.0.1:{self.port + n}" for n in range(self._gateways)]

    @property
    def shows_shop(self) -> bool:
        """Whether the gateways lead to the shop: with routes of somebody else's they do not."""
        return self.env["HOLDFAST_ROUTES"] == str(self._routes)

    @property
    def _routes(self) -> Path:
        return self.folder / "gateway.toml"

    @property
    def socket(self) -> Path:
        """Redis's socket; a path has to be short to be one."""
        path = self.folder / "redis.sock"
        if len(str(path)) <= _LONGEST_SOCKET_PATH:
            return path
        return Path(tempfile.gettempdir()) / f"holdfast-{os.getuid()}-{self.port}.sock"

    def start(self) -> None:
        """Start everything, and wait until it serves."""
        self.folder.mkdir(parents=True, exist_ok=True)
        gateways = self._gateway_ports()
        auths, shop = self._own_ports(apart_from=gateways)
        self.env = self._settings(auths, shop)
        if "HOLDFAST_REDIS_URL" not in self._given:
            self.processes["redis"] = self._redis()
            self.processes["redis"].wait_ready()
        migrate(self.env["HOLDFAST_DATABASE_URL"])
        for number, port in enumerate(auths, 1):
            self._serve(f"auth-{number}", "auth", port)
        self._serve("shop", "shop", shop)
        for number, port in enumerate(gateways, 1):
            self._serve(f"gateway-{number}", "gateway", port)
        for process in self.processes.values():
            process.wait_ready()

    def _gateway_ports(self) -> range:
        ports = range(self.port, self.port + self._gateways)
        for port in ports:
            if not is_free(port):
                raise StartError(f"port {port} is taken: choose another with PORT=")
        return ports

    def _own_ports(self, apart_from: range) -> tuple[range, int]:
        auths = [f"auth-{number}" for number in range(1, AUTHS + 1)]
        gateways = [f"gateway-{number}" for number in range(1, self._gateways + 1)]
        names = [*auths, "shop", *gateways]
        ports = free_ports(AUTHS + 1 + len(names), apart_from)
        self.internal = dict(zip(names, ports[AUTHS + 1 :], strict=True))
        return ports[:AUTHS], ports[AUTHS]

    def _settings(self, auths: range, shop: int) -> dict[str, str]:
        self._routes.write_text(
            f'[[routes]]\nprefix = "/shop"\nupstream = "http://127.0.0.1:{shop}"\n'
            'access = "public"\nforward_session = true\n'
        )
        made = {
            "HOLDFAST_REDIS_URL": f"unix://{self.socket}",
            "HOLDFAST_DATABASE_URL": f"sqlite:///{self.folder / 'accounts.sqlite'}",
            "HOLDFAST_AUTH_URLS": ",".join(f"http://127.0.0.1:{port}" for port in auths),
            "HOLDFAST_ROUTES": str(self._routes),
            "HOLDFAST_COOKIE_SECURE": "false",
            "HOLDFAST_REGISTRATION": "open",
            "HOLDFAST_LOG_FORMAT": "json",
        }
        made |= {f"{name}_FILE": str(self._secret(name)) for name in _SECRETS}
        for name in self._given:
            made.pop(f"{name}_FILE", None)
            made.pop(name.removesuffix("_FILE"), None)
        return {**os.environ, **made, **self._given}

    def _secret(self, name: str) -> Path:
        path = self.folder / name.lower()
        if not path.exists():
            path.touch(mode=0o600)
            path.write_text(secrets.token_urlsafe(32))
        return path

    def _serve(self, name: str, kind: str, port: int) -> None:
        env = {
            **self.env,
            "HOLDFAST_INSTANCE": name,
            "HOLDFAST_BIND": f"127.0.0.1:{port}",
            "HOLDFAST_INTERNAL_BIND": f"127.0.0.1:{self.internal[name]}",
        }
        conf = ["-c", f"python:{kind}.gunicorn_conf"]
        command = [sys.executable, "-m", "gunicorn", *conf]
        url = f"http://127.0.0.1:{port}/healthz"
        log = self.folder / f"{name}.log"
        self.processes[name] = Process(
            name, command, env, log, lambda: answers(url), lock=self.lock
        )

    def _redis(self) -> Process:
        return redis_server.start(self.folder / "redis", self.socket, lock=self.lock)

    def restart(self, name: str) -> None:
        """Start a process again on its old address; one that still runs is ended first."""
        self.processes[name].stop()
        kind = name.partition("-")[0]
        if kind == "redis":
            self.processes[name] = self._redis()
        else:
            self._serve(name, kind, self._port_of(name))
        self.processes[name].wait_ready()

    def _port_of(self, name: str) -> int:
        kind, _, number = name.partition("-")
        if kind == "gateway":
            return self.port + int(number) - 1
        url = self.env["HOLDFAST_AUTH_URLS"].split(",")[int(number) - 1]
        return int(url.rpartition(":")[2])

    def stop(self) -> None:
        """End what was started, all at once but Redis, which the others need to the end."""
        for name, process in self.processes.items():
            if name != "redis":
                process.ask_to_stop()
        for process in reversed(self.processes.values()):
            process.stop()
        self.processes.clear()
