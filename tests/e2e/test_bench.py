"""The benchmark runs, and what it counts as kept is kept."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from peers.errors import PeerError
from peers.peer import EXPRESS

SHORT = ("--rounds", "1", "--seconds", "1", "--warmup", "0", "--connections", "16")
NGINX = shutil.which("nginx") or shutil.which("nginx", path="/usr/sbin")
needs_wrk = pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk here")
needs_cores = pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="only one core here")


def bench(out: Path, *words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "bench", *SHORT, "--out", str(out), *words]
    return subprocess.run(
        command,
        env={**os.environ, **env},
        check=False,
        capture_output=True,
        text=True,
        timeout=110,
    )


def lanes(out: Path, *words: str) -> dict[str, Any]:
    done = bench(out, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    figures = json.loads((out / "bench-16.json").read_text())
    return {" ".join(lane["lane"]): lane for lane in figures["lanes"]}


@needs_wrk
@needs_cores
def test_everything_acknowledged_under_load_is_kept(tmp_path: Path) -> None:
    """G2: 16 connections increment one session at once, and each answer counts."""
    # A hash takes 1.7 s beside one other program that computes, as other tests do.
    seen = lanes(
        tmp_path, "--only", "read", "verify", "increment", "put", "anonymous", "login",
        "--against", "argon2", "--seconds", "3",
    )  # fmt: skip

    works = ["read", "verify", "increment", "put", "anonymous", "healthz", "login"]
    assert seen.keys() == {f"holdfast {work}" for work in works} | {"argon2 login"}
    assert [name for name, lane in seen.items() if lane["failed"]] == []
    assert seen["holdfast increment"]["kept"]["least"] == 1
    assert (tmp_path / "bench-16.png").stat().st_size > 0
    assert (tmp_path / "bench-16.md").read_text().startswith("| ours over theirs |")


@needs_wrk
@needs_cores
@pytest.mark.skipif(NGINX is None, reason="no nginx here")
def test_both_gateways_carry_the_same_bodies(tmp_path: Path) -> None:
    try:
        EXPRESS.check()
    except PeerError as error:
        pytest.skip(str(error))
    works = ("proxied", "download", "upload")
    seen = lanes(tmp_path, "--only", *works, "--against", "express-session")

    names = ("holdfast", "express-session")
    assert seen.keys() == {f"{name} {work}" for name in names for work in works}
    assert [name for name, lane in seen.items() if lane["failed"]] == []


def test_without_wrk_one_line_says_so(tmp_path: Path) -> None:
    done = bench(tmp_path, PATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == "no wrk here (Debian: apt install wrk util-linux)\n"


@needs_wrk
@needs_cores
def test_whoever_was_asked_for_and_is_not_here_is_named(tmp_path: Path) -> None:
    for program in ("wrk", "taskset", "redis-server"):
        (tmp_path / program).symlink_to(shutil.which(program) or program)
    done = bench(tmp_path, "--only", "verify", "--against", "express-session", PATH=str(tmp_path))

    assert done.returncode == 2
    assert done.stderr == "express: no Node.js here: install 20 or newer\n"


def test_work_that_there_is_not_is_named_in_one_line(tmp_path: Path) -> None:
    done = bench(tmp_path, "--only", "reed")

    assert done.returncode == 2
    assert done.stderr.count("\n") == 1
    assert "'reed'" in done.stderr
