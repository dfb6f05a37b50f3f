"""The other benchmarks run, and tell what their targets are about."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

pytestmark = [
    pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk here"),
    pytest.mark.skipif(len(os.sched_getaffinity(0)) < 2, reason="only one core here"),
]


def bench(module: str, out: Path, *words: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", f"bench.{module}", "--out", str(out), *words]
    return subprocess.run(command, check=False, capture_output=True, text=True, timeout=110)


def figures(module: str, out: Path, *words: str) -> Any:
    done = bench(module, out, *words)
    assert done.returncode == 0, done.stdout + done.stderr
    return json.loads((out / f"{module}.json").read_text())


def test_every_session_that_was_filled_in_is_one_that_the_gateway_serves(tmp_path: Path) -> None:
    """Else their memory and their latency would be those of something else."""
    short = ("--rounds", "1", "--seconds", "1", "--workers", "2", "--of-one", "3")
    seen = figures("scale", tmp_path, *short, "--sessions", "50")

    assert [one["seen"]["failed"] for one in seen["stores"]] == [0, 0]
    assert all(one["redis"]["calls"] >= one["seen"]["answers"] for one in seen["stores"])
    assert seen["workers"][0]["seen"]["failed"] == 0
    assert (tmp_path / "scale.png").stat().st_size > 0


def test_a_storm_of_logins_lets_some_in_and_tells_the_others_when_to_come(tmp_path: Path) -> None:
    rounds = figures("logins", tmp_path, "--rounds", "1", "--seconds", "2", "--people", "60")

    storms = [one["storm"] for one in rounds]
    assert [one["quiet"]["failed"] + one["stormy"]["failed"] for one in rounds] == [0] * 4
    assert {status for storm in storms for status in storm["statuses"]} == {"200", "503"}
    assert [storm["without_retry_after"] for storm in storms] == [0] * 4


def test_a_giant_body_goes_through_whole_both_ways(tmp_path: Path) -> None:
    seen = figures("memory", tmp_path, "--requests", "1000", "--mib", "64")

    assert seen["held"][-1]["requests"] >= 1000
    assert [one["way"] for one in seen["transfers"]] == ["download", "upload"]


@pytest.mark.parametrize("module", ["scale", "logins", "memory"])
def test_a_word_that_makes_no_sense_is_named_in_one_line(module: str, tmp_path: Path) -> None:
    done = bench(module, tmp_path, "--seconds", "0")

    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "--seconds" in done.stderr
