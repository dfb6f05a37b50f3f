"""What Redis tells of itself."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis


@dataclass(frozen=True)
class RedisFigures:
    """Between two looks: `calls` of scripts by clients, how long they took, CPU of the server."""

    calls: int
    script_us: int
    cpu_s: float

    def since(self, before: "RedisFigures") -> "RedisFigures":
        """Return what has happened after an earlier look."""
        return RedisFigures(
            self.calls - before.calls, self.script_us - before.script_us, self.cpu_s - before.cpu_s
        )

    @property
    def us_a_call(self) -> float:
        """Tell how long one script took on average, in microseconds."""
        return self.script_us / self.calls


_PATIENCE_SECONDS = 120.0


def connect(socket: Path) -> Redis:
    """Return a client for somebody who asks for a lot at once."""
    return Redis(unix_socket_path=str(socket), socket_timeout=_PATIENCE_SECONDS)


def look(client: Redis) -> RedisFigures:
    """Ask for the figures. Raises RedisError."""
    told: Any = client.info("everything")
    scripts = told.get("cmdstat_evalsha", {"calls": 0, "usec": 0})
    cpu_s = told["used_cpu_user"] + told["used_cpu_sys"]
    return RedisFigures(scripts["calls"], scripts["usec"], cpu_s)


def memory_bytes(client: Redis) -> int:
    """Tell how much memory the server uses, by its own count."""
    told: Any = client.info("memory")
    return int(told["used_memory"])
