"""What one, two and four workers of a gateway answer, and what they use for it."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from pathlib import Path

from bench.cpu import used_seconds
from bench.holdfast_subject import HoldfastSubject
from bench.lanes import READ
from bench.measurement import Load, Measurement
from bench.redis_figures import connect, look
from bench.running import on_core


@dataclass(frozen=True)
class WorkersSample:
    """Reads over all processors. CPU in seconds for 1,000 answers."""

    workers: int
    round: int
    seen: Measurement
    gateway_cpu_s: float
    redis_cpu_s: float
    redis_calls: float


class Workers:
    """A gateway with so many workers, on all the processors that `cores` names."""

    def __init__(self, workers: int, folder: Path, cores: Collection[int]) -> None:
        self.workers, self._cores = workers, cores
        self._subject = HoldfastSubject(folder, env={"WEB_CONCURRENCY": str(workers)})
        self.stop = self._subject.stop

    def start(self, tell: Callable[[str], None]) -> None:
        """Start it. Raises StartError, NoRedisError, BenchError."""
        with on_core(*self._cores):
            self._subject.start()
        self._redis = connect(self._subject.socket)
        tell(f"started a gateway with {self.workers} workers")

    def measure(self, number: int, load: Load) -> WorkersSample:
        """Let wrk read for a while. Raises BenchError."""
        group = {self._subject.gateway}
        cpu, redis = used_seconds(group), look(self._redis)
        seen = self._subject.measure(READ, load)
        used = look(self._redis).since(redis)
        thousands = seen.answers / 1000
        return WorkersSample(
            self.workers,
            number,
            seen,
            (used_seconds(group) - cpu) / thousands,
            used.cpu_s / thousands,
            used.calls / seen.answers,
        )
