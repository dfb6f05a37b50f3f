"""Holdfast over a Redis of its own that holds many people's sessions."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from bench import wrk
from bench.cpu import used_seconds
from bench.fill import fill
from bench.holdfast_subject import HoldfastSubject
from bench.http import Request, json_request
from bench.lanes import INCREMENT, READ
from bench.measurement import Load, Measurement
from bench.redis_figures import RedisFigures, connect, look, memory_bytes
from bench.running import on_core

_ASKED = 5_000


@dataclass(frozen=True)
class StoreSample:
    """One kind of work on random ones of `sessions`; CPU of the server side for 1,000 answers."""

    sessions: int
    work: str
    round: int
    seen: Measurement
    redis: RedisFigures
    cpu_ms: float
    bytes_a_session: float


class FilledStore:
    """`sessions` of as many people; requests go to some thousands of them at random."""

    def __init__(self, sessions: int, folder: Path) -> None:
        self.sessions, self.subject = sessions, HoldfastSubject(folder)
        self.stop = self.subject.stop
        self._cookies: Sequence[str] = ()
        self.bytes_a_session = 0.0

    def start(self, core: int, tell: Callable[[str], None]) -> None:
        """Start it, and fill it from `core`.

        Raises StartError, NoRedisError, RedisError, BenchError.
        """
        self.subject.start()
        self._redis = connect(self.subject.socket)
        before = memory_bytes(self._redis)
        tokens = fill(self._redis, self.subject.keys, self.sessions, tell)
        step = max(1, self.sessions // _ASKED)
        with on_core(core):
            chosen = [token.text for token in islice(tokens, 0, None, step)]
        self._cookies = [f"holdfast={text}" for text in chosen]
        self.bytes_a_session = (memory_bytes(self._redis) - before) / self.sessions
        tell(f"{self.sessions:,} sessions, {self.bytes_a_session:.0f} bytes each")

    def _request(self, work: str) -> Request:
        ops = {"ops": [{"op": "increment", "name": "n", "by": 1}]}
        request = {
            READ: Request("GET", self.subject.url + "/session"),
            INCREMENT: json_request("PATCH", self.subject.url + "/session/data", "", ops),
        }[work]
        return Request(
            request.method, request.url, request.headers, request.body, cookies=self._cookies
        )

    def measure(self, work: str, number: int, load: Load) -> StoreSample:
        """Let wrk ask for a while. Raises BenchError."""
        cpu, redis = used_seconds(self.subject.groups), look(self._redis)
        seen = wrk.measure(self._request(work), load)
        used = look(self._redis).since(redis)
        cpu_ms = (used_seconds(self.subject.groups) - cpu) * 1e6 / seen.answers
        return StoreSample(self.sessions, work, number, seen, used, cpu_ms, self.bytes_a_session)
