"""The store alone: what a gateway on it could answer at the very most."""

import csv
import shutil
import subprocess
from pathlib import Path

from bench.errors import BenchError, NotHere
from bench.lanes import BARE_READ, READ, REDIS
from bench.measurement import Load, Measurement
from bench.store import StoreWithSession
from bench.subject import Subject

_TRIAL, _GRACE_SECONDS = 20_000, 30


class RedisSubject(Subject):
    """Redis asked by redis-benchmark: the library's script of a read, and a bare HGETALL."""

    name, title, works = REDIS, "Redis asked by redis-benchmark", (READ, BARE_READ)

    def __init__(self, folder: Path) -> None:
        super().__init__()
        self._store = StoreWithSession(folder)
        self._speeds: dict[str, float] = {}

    def start(self) -> None:
        """Start it with a session."""
        if shutil.which("redis-benchmark") is None:
            raise NotHere("no redis-benchmark here (Debian: apt install redis-tools)")
        self._started.callback(self._store.stop)
        self._store.start()
        self.groups = {self._store.process.pid}

    def measure(self, work: str, load: Load) -> Measurement:
        """Ask for one kind of work for a while. Raises BenchError."""
        # The tool takes a count, no time.
        if work not in self._speeds:
            self._speeds[work] = self._ask(work, load, _TRIAL).per_second
        seen = self._ask(work, load, max(_TRIAL, int(self._speeds[work] * load.seconds)))
        self._speeds[work] = seen.per_second
        return seen

    def _ask(self, work: str, load: Load, count: int) -> Measurement:
        call = self._store.load
        words = ["HGETALL", call.key]
        if work == READ:
            words = ["EVALSHA", call.script.sha, "1", call.key, *map(str, call.args)]
        command = ["taskset", "-c", str(load.core), "redis-benchmark", "-p", str(self._store.port)]
        command += ["-c", str(load.connections), "-n", str(count), "--csv", *words]
        try:
            done = subprocess.run(  # noqa: S603 - the command is ours
                command,
                check=True,
                capture_output=True,
                text=True,
                timeout=load.seconds * 10 + _GRACE_SECONDS,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise BenchError(f"redis-benchmark: {error}") from None
        (row,) = csv.DictReader(done.stdout.strip().splitlines()[-2:])
        return Measurement(
            per_second=float(row["rps"]),
            p50_ms=float(row["p50_latency_ms"]),
            p99_ms=float(row["p99_latency_ms"]),
            answers=count,
            failed=0,
        )
