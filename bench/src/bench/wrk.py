"""The client: wrk on a core of its own."""

import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Any

from bench.errors import BenchError
from bench.http import Request
from bench.measurement import Load, Measurement

_SCRIPT = Path(__file__).with_name("wrk.lua")
_GRACE_SECONDS = 30


def check() -> None:
    """Raise BenchError when wrk or taskset is missing."""
    for program in ("wrk", "taskset"):
        if shutil.which(program) is None:
            raise BenchError(f"no {program} here (Debian: apt install wrk util-linux)")


def measure(request: Request, load: Load) -> Measurement:
    """Send a request over kept connections for some seconds. Raises BenchError."""
    seen = _run(request, load)
    refused = seen["refused"]
    right, wrong = seen["answers"] - refused, refused
    if request.refused:
        right, wrong = wrong, right
    if not right:
        raise BenchError(f"no right answer in {load.seconds} s from {request.url}")
    return Measurement(
        per_second=right / seen["seconds"],
        p50_ms=seen["p50_ms"],
        p99_ms=seen["p99_ms"],
        answers=right,
        failed=wrong + seen["broken"],
    )


def _run(request: Request, load: Load) -> Any:
    command = ["taskset", "-c", str(load.core), "wrk", "--threads", "1", "--script", str(_SCRIPT)]
    command += ["--connections", str(load.connections), "--duration", f"{load.seconds}s"]
    for name, value in request.headers.items():
        command += ["--header", f"{name}: {value}"]
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "body").write_text(request.body)
        Path(folder, "cookies").write_text("".join(f"{one}\n" for one in request.cookies))
        wishes = {"METHOD": request.method, "FOLDER": folder, "PAUSE_MS": str(load.pause_ms)}
        env = {**os.environ, **{f"BENCH_{name}": wish for name, wish in wishes.items()}}
        try:
            done = subprocess.run(  # noqa: S603 - the command is ours
                [*command, "--timeout", "10s", request.url],
                env=env,
                check=True,
                capture_output=True,
                text=True,
                timeout=load.seconds + _GRACE_SECONDS,
            )
        except (subprocess.SubprocessError, OSError) as error:
            raise BenchError(f"wrk on {request.url}: {error}") from None
    return json.loads(done.stdout.strip().splitlines()[-1])
