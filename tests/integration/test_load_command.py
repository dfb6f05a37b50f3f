"""The load tests as a command: bad input, an end by Ctrl-C or SIGTERM, several processes."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest
from support import broken

from devstack.ports import free_ports
from devstack.process import answers

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
            until_told(tmp_path / "log", "requests,", child)
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


@pytest.mark.parametrize(
    ("arguments", "told", "results"),
    [
        (["run", "--profile", "smoke", "--workers", "2"], "requests,", "."),
        (["run", "--profile", "smoke"], "requests,", "."),
        (["ui", "--profile", "smoke"], "", ""),
        (["compare", "nobody=http://127.0.0.1:1"], "requests,", "holdfast/compare-races"),
    ],
    ids=["run by workers", "run", "ui", "compare"],
)
def test_sigterm_ends_everything_that_was_started_and_leaves_the_report(
    arguments: list[str], told: str, results: str, tmp_path: Path
) -> None:
    """It goes to the one process, as from a service manager or a CI that gives up."""
    port = free_ports(1)[0]
    env = {**os.environ, "LOCUST_WEB_PORT": str(port)}
    command = [sys.executable, "-m", "loadtests", *arguments, "--out", str(tmp_path / "out")]
    log = tmp_path / "log"
    with log.open("w") as out:
        child = subprocess.Popen(command, stdout=out, stderr=out, env=env, start_new_session=True)
    try:
        if told:
            until_told(log, told, child)
        else:
            until(lambda: answers(f"http://127.0.0.1:{port}/"), child)
        assert len(left_of(tmp_path)) > 5
        child.terminate()
        child.wait(60)
        left = left_of(tmp_path)
    finally:
        child.kill()
        child.wait()
        for process in left_of(tmp_path):
            process.kill()

    said = log.read_text()
    assert not left, said
    assert "Traceback" not in said, said
    if results:
        verdict = json.loads((tmp_path / "out" / results / "verdict.json").read_text())
        assert verdict["requests"] > 100
        assert not [name for name, one in verdict["guarantees"].items() if one["failed"]]
        assert "<svg" in (tmp_path / "out" / results / "report.html").read_text()
        assert len(list((tmp_path / "out").rglob("verdict.json"))) == 1


def until_told(log: Path, told: str, child: subprocess.Popen[bytes]) -> None:
    until(lambda: told in log.read_text(), child)


def until(true: Callable[[], bool], child: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + 50
    while not true():
        assert child.poll() is None
        assert time.monotonic() < deadline
        time.sleep(0.1)


def left_of(folder: Path) -> list[psutil.Process]:
    """Return what runs with a folder on its command line or in its settings."""
    return [process for process in psutil.process_iter() if str(folder) in known_of(process)]


def known_of(process: psutil.Process) -> str:
    try:
        return " ".join([*process.cmdline(), *process.environ().values()])
    except psutil.Error:
        return ""
