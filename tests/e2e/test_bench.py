"""The benchmark runs, and what it counts as kept is kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

SHORT = ("--rounds", "1", "--seconds", "1", "--warmup", "0", "--connections", "16")


def bench(out: Path, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *SHORT, "--out", str(out)]
    return subprocess.run(
        command,
        env={**os.environ, **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )


@pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk here")
@pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="only one core here")
def test_everything_acknowledged_under_load_is_kept(tmp_path: Path) -> None:
    """G2: 16 connections increment one session at once, and each answer counts."""
    done = bench(tmp_path)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((tmp_path / "bench-16.json").read_text())
    ours = {lane["lane"][1]: lane for lane in figures["lanes"] if lane["lane"][0] == "holdfast"}

    assert ours.keys() == {"read", "verify", "increment", "healthz"}
    assert all(lane["failed"] == 0 for lane in ours.values())
    assert ours["increment"]["kept"]["least"] == 1
    assert (tmp_path / "bench-16.png").stat().st_size > 0


def test_without_wrk_one_line_says_so(tmp_path: Path) -> None:
    done = bench(tmp_path, PATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == "no wrk here (Debian: apt install wrk util-linux)\n"
