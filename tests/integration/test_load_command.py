"""The load tests as a command: bad input, an end by Ctrl-C, and Locust in several processes."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from support import broken

NOBODY = "http://127.0.0.1:1"


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "loadtests", *arguments]
    return subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--profile", "no-such"], "no profile 'no-such': there are smoke, steady"),
        (["--targets", NOBODY], f"{NOBODY} does not answer"),
        (["--targets", NOBODY, "--adapter", "soap"], "no adapter 'soap'"),
        (["--targets", NOBODY, "--adapter", "common"], "visitor needs what this target's adapter"),
    ],
)
def test_what_makes_no_sense_is_one_line_and_exit_code_2(
    arguments: list[str], told: str, tmp_path: Path
) -> None:
    done = run("run", "--profile", "smoke", *arguments, "--out", str(tmp_path / "out"))

    assert done.returncode == 2
    assert done.stderr.startswith(told)
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "out" / "record").exists()


@pytest.mark.parametrize("workers", [2])
def test_ctrl_c_still_gives_the_verdict_and_the_report(workers: int, tmp_path: Path) -> None:
    """The workers' histories reach the master before it decides."""
    command = [sys.executable, "-m", "loadtests", "run", "--profile", "smoke"]
    command += ["--workers", str(workers), "--out", str(tmp_path), "--targets"]
    with broken.running(broken.Right()) as urls, (tmp_path / "log").open("w+") as log:
        child = subprocess.Popen(
            [*command, ",".join(urls)], stdout=log, stderr=log, start_new_session=True
        )
        try:
            deadline = time.monotonic() + 50
            while "requests," not in (tmp_path / "log").read_text():
                assert child.poll() is None, (tmp_path / "log").read_text()
                assert time.monotonic() < deadline
                time.sleep(0.1)
            os.killpg(child.pid, signal.SIGINT)
            child.wait(60)
        finally:
            if child.poll() is None:
                os.killpg(child.pid, signal.SIGKILL)
                child.wait()
    told = (tmp_path / "log").read_text()
    verdict = json.loads((tmp_path / "verdict.json").read_text())

    assert "G2 PASS" in told
    assert "Traceback" not in told
    assert verdict["requests"] > 100
    assert not [name for name, one in verdict["guarantees"].items() if one["failed"]]
    assert "<svg" in (tmp_path / "report.html").read_text()
    judged = run("judge", str(tmp_path), "--profile", "smoke")
    assert judged.stdout.splitlines()[: len(verdict["lines"])] == verdict["lines"]
