"""The state folder of `make run` has one user, whatever happens to its runner."""

import os
import stat
import subprocess
from pathlib import Path

import pytest
from e2e.test_run import needs_proc, run
from support.people import Person
from support.until import until

from devstack import redis_server
from devstack.ports import free_ports
from devstack.run_folder import RunFolderError, held, holders


def first_line(child: subprocess.Popen[str]) -> str:
    """Wait until a run says where it is."""
    assert child.stdout is not None
    return child.stdout.readline()


@needs_proc
def test_a_killed_runner_takes_its_processes_with_it_and_loses_no_write(tmp_path: Path) -> None:
    """Within seconds nothing of the run is left, and the next one has every acknowledged write.

    Report: newcomer's walk (case M1).
    Rule: ASVS 5.0, 15.4.
    """
    folder, (port, _) = tmp_path / "run", free_ports(2)
    with run(folder, port) as child:
        assert first_line(child)
        person = Person(f"http://127.0.0.1:{port}").register()
        assert person.log_in().status_code == 200
        assert len(holders(folder)) >= 11  # the runner, Redis, five servers with their workers
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700
        for n in range(30):
            op = {"op": "append", "name": "kept", "value": n}
            assert person.patch(op).status_code == 200
        name, cookie = person.name, person.cookie
        person.close()
        child.kill()
        child.wait(10)
        until(lambda: not holders(folder), 15)
    with run(folder, port) as child:
        assert first_line(child)
        person = Person(f"http://127.0.0.1:{port}")
        person.name, person.cookie = name, cookie or ""
        assert person.get("/session/data").json() == {"kept": list(range(30))}
        person.close()


@needs_proc
def test_a_redis_that_outlives_its_runner_keeps_the_folder(tmp_path: Path) -> None:
    """No second Redis writes to the files of one that still runs; the refusal names that one.

    Report: newcomer's walk (case M1).
    Rule: ASVS 5.0, 15.4.
    """
    folder = tmp_path / "run"
    with held(folder) as lock:
        redis = redis_server.start(folder / "redis", folder / "redis.sock", lock=lock)
        redis.wait_ready()
    try:
        with pytest.raises(RunFolderError) as refused, held(folder):
            pass
        assert str(refused.value) == (
            f"RUN_DIR={folder} is in use by another make run: "
            f"choose another RUN_DIR=, or kill {redis.pid}"
        )
    finally:
        redis.stop()
    with held(folder):
        assert holders(folder) == []


@needs_proc
def test_the_state_folder_is_for_its_owner_alone(tmp_path: Path) -> None:
    """Others of this machine read no password hash, session, secret or log, old files included.

    Report: newcomer's walk (case M1).
    Rule: ASVS 5.0, 13.3 and 14.2.
    """
    folder, (port, _) = tmp_path / "run", free_ports(2)
    folder.mkdir(mode=0o755)
    for name in ("accounts.sqlite-old", "auth-1.log"):
        (folder / name).touch(mode=0o644)
    previous = os.umask(0o022)
    try:
        with run(folder, port) as child:
            assert first_line(child)
            person = Person(f"http://127.0.0.1:{port}").register()
            person.log_in()
            person.close()
            names = {path.name for path in folder.iterdir()}
            assert {"accounts.sqlite", "redis", "lock", "holdfast_pepper"} <= names
            assert open_to_others(folder) == []
    finally:
        os.umask(previous)
    assert open_to_others(folder) == []


def open_to_others(folder: Path) -> list[str]:
    """List what of a folder other users could open."""
    found = []
    for path in folder.rglob("*"):
        mode = stat.S_IMODE(path.lstat().st_mode)
        if mode & 0o077:
            found.append(f"{path.relative_to(folder)}: {mode:o}")
    return found
