"""The client: wrk on a core of its own."""

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.errors import BenchError
from bench.lanes import Request

_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 30


@dataclass(frozen=True)
class Measurement:
    """What one run of wrk saw. `failed`: answers from 400 up, connections that broke or waited."""

    per_second: float
    p50_ms: float
    p99_ms: float
    answers: int
    failed: int


def check() -> None:
    """Raise BenchError when wrk or taskset is missing."""
    for program in ("wrk", "taskset"):
        if shutil.which(program) is None:
            raise BenchError(f"no {program} here (Debian: apt install wrk util-linux)")


def measure(request: Request, core: int, connections: int, seconds: int) -> Measurement:
    """Send a request over kept connections for some seconds. Raises BenchError."""
    command = ["taskset", "-c", str(core), "wrk", "--threads", "1", "--script", str(_SCRIPT)]
    command += ["--connections", str(connections), "--duration", f"{seconds}s", "--timeout", "10s"]
    for name, value in request.headers.items():
        command += ["--header", f"{name}: {value}"]
    env = {**os.environ, "BENCH_METHOD": request.method, "BENCH_BODY": request.body}
    try:
        done = subprocess.run(  # noqa: S603 - the command is ours
            [*command, request.url],
            env=env,
            check=True,
            capture_output=True,
            text=True,
            timeout=seconds + _GRACE_SECONDS,
        )
    except (subprocess.SubprocessError, OSError) as error:
        raise BenchError(f"wrk on {request.url}: {error}") from None
    seen = json.loads(done.stdout.strip().splitlines()[-1])
    if not seen["answers"]:
        raise BenchError(f"no answer in {seconds} s from {request.url}")
    return Measurement(
        per_second=seen["answers"] / seen["seconds"],
        p50_ms=seen["p50_ms"],
        p99_ms=seen["p99_ms"],
        answers=seen["answers"],
        failed=seen["refused"] + seen["broken"],
    )
