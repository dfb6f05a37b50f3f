"""`make run` itself: it says where everything is, and leaves nothing running."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from support.documents import ROOT
from support.people import Person

from devstack.ports import free_ports, is_free
from devstack.process import Process, StartError

# Whoever runs the tests under nohup has SIGHUP ignored, and so would what they start.
DEVSTACK = ["env", "--default-signal=HUP", sys.executable, "-m", "devstack"]


@contextmanager
def run(folder: Path, port: int, **settings: str) -> Iterator[subprocess.Popen[str]]:
    env = {**os.environ, "PORT": str(port), "RUN_DIR": str(folder), **settings}
    child = subprocess.Popen(
        DEVSTACK, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    try:
        yield child
    finally:
        child.terminate()
        child.communicate(timeout=30)


def _processes_of(folder: Path) -> list[str]:
    found = []
    for one in Path("/proc").glob("[0-9]*"):
        try:
            told = (one / "environ").read_bytes() + (one / "cmdline").read_bytes()
        except OSError:
            continue
        if str(folder).encode() in told and int(one.name) != os.getpid():
            found.append(one.name)
    return found


needs_proc = pytest.mark.skipif(
    not Path("/proc/self").exists(), reason="looks for processes in /proc"
)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
@needs_proc
def test_it_tells_its_addresses_and_stops_all_it_started(
    tmp_path: Path, number: signal.Signals
) -> None:
    port = free_ports(2)[0]
    with run(tmp_path / "run", port) as child:
        assert child.stdout is not None
        told = child.stdout.readline() + child.stdout.readline()
        addresses = re.findall(r"^gateway \d +(http://127\.0\.0\.1:\d+)", told, re.MULTILINE)
        assert addresses == [f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}"]
        visitor = Person(*addresses)
        assert [visitor.get("/healthz", at).status_code for at in (0, 1)] == [200, 200]
        visitor.close()
        child.send_signal(number)
        assert child.wait(30) == 0
        assert child.stderr is not None
        assert child.stderr.read() == "stopping\n"
    assert _processes_of(tmp_path) == []
    assert is_free(port)


@needs_proc
def test_a_terminal_that_closes_stops_all_that_was_started(tmp_path: Path) -> None:
    """Nobody is left to read `stopping`, which keeps nothing from being stopped."""
    port = free_ports(2)[0]
    ours, terminal = os.openpty()
    env = {**os.environ, "PORT": str(port), "RUN_DIR": str(tmp_path / "run")}
    shell = ["setsid", "--ctty", "--wait", *DEVSTACK]
    child = subprocess.Popen(shell, env=env, stdin=terminal, stdout=terminal, stderr=terminal)
    os.close(terminal)
    with os.fdopen(ours, "rb", buffering=0) as screen:
        assert screen.read(9) == b"gateway 1"
    assert child.wait(30) == 0
    assert _processes_of(tmp_path) == []


def test_a_port_that_is_taken_is_told_in_one_line(tmp_path: Path) -> None:
    port = free_ports(2)[0]
    with socket.create_server(("127.0.0.1", port + 1)), run(tmp_path / "run", port) as child:
        assert child.wait(30) == 1
        assert child.stderr is not None
        assert child.stderr.read() == f"port {port + 1} is taken: choose another with PORT=\n"


def test_a_run_folder_is_one_stacks_alone(tmp_path: Path) -> None:
    folder, (first, _, second, _) = tmp_path / "run", free_ports(4)
    with run(folder, first) as child:
        assert child.stdout is not None
        assert child.stdout.readline()
        with run(folder, second) as other:
            assert other.wait(30) == 2
            assert other.stderr is not None
            line = other.stderr.read()
            use = (
                f"RUN_DIR={folder} is in use by another make run: choose another RUN_DIR=, or kill "
            )
            assert line.startswith(use)
            assert str(child.pid) in line.removeprefix(use).split()
        visitor = Person(f"http://127.0.0.1:{first}")
        assert visitor.register().log_in().status_code == 200
        visitor.close()


def test_a_run_folder_that_cannot_be_made_is_told_in_one_line(tmp_path: Path) -> None:
    file = tmp_path / "file"
    file.touch()
    with run(file / "run", free_ports(2)[0]) as child:
        assert child.wait(30) == 2
        assert child.stderr is not None
        assert child.stderr.read() == f"RUN_DIR={file / 'run'} cannot be used: Not a directory\n"


def test_what_did_not_start_says_why_in_this_runs_lines(tmp_path: Path) -> None:
    folder = tmp_path / "run"
    folder.mkdir()
    (folder / "auth-1.log").write_text("of an earlier run\n" * 100)
    with run(folder, free_ports(2)[0], HOLDFAST_IDLE_SECONDS="soon") as child:
        assert child.wait(30) == 1
        assert child.stderr is not None
        assert child.stderr.read() == (
            "auth-1 did not start:\n"
            "HOLDFAST_IDLE_SECONDS is malformed: Expected `int`, got `str` (got 'soon')\n"
        )


@pytest.mark.parametrize(
    ("then", "told"), [("exit 1", "port taken"), ("sleep 30", '{"path": "/healthz"}\nport taken')]
)
def test_whom_a_process_served_is_told_only_of_one_that_still_runs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, then: str, told: str
) -> None:
    monkeypatch.setattr("devstack.process.START_SECONDS", 1.0)
    says = f"""printf '%s\\n' '{{"path": "/healthz"}}' 'port taken'; {then}"""
    process = Process("auth", ["sh", "-c", says], os.environ, tmp_path / "log", lambda: False)
    try:
        with pytest.raises(StartError, match=rf"\Aauth did not start:\n{re.escape(told)}\Z"):
            process.wait_ready()
    finally:
        process.stop()


def test_the_shop_is_told_of_only_where_the_routes_lead_to_it(tmp_path: Path) -> None:
    routes = tmp_path / "routes.toml"
    routes.touch()
    port = free_ports(2)[0]
    with run(tmp_path / "run", port, HOLDFAST_ROUTES=str(routes)) as child:
        assert child.stdout is not None
        at = f"http://127.0.0.1:{port}"
        assert child.stdout.readline() == f"gateway 1  {at}    sign in: {at}/login\n"


def test_setting_up_says_in_a_line_what_takes_long(tmp_path: Path) -> None:
    pip = tmp_path / "bin" / "pip"
    pip.parent.mkdir()
    pip.symlink_to(shutil.which("true") or "true")
    command = ["make", "--no-print-directory", "setup", f"VENV={tmp_path}", "PYTHON=true"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=True)
    assert (done.stdout + done.stderr).splitlines() == [
        f"setting up {tmp_path}: half a minute, once",
        f"adding the tools of development to {tmp_path}: a few minutes, once",
    ]


def test_an_anonymous_cart_of_the_shop_survives_signing_in(tmp_path: Path) -> None:
    port = free_ports(2)[0]
    with run(tmp_path / "run", port) as child:
        assert child.stdout is not None
        child.stdout.readline()
        buyer = Person(f"http://127.0.0.1:{port}", f"http://127.0.0.1:{port + 1}")
        buyer.call("POST", "/shop/cart", data={"sku": "kelp"})
        assert buyer.get("/session").json()["authenticated"] is False
        buyer.register().log_in(at=1)
        buyer.call("POST", "/shop/cart", data={"sku": "rock"}, at=1)
        assert buyer.get("/session").json()["data"] == {"cart": ["kelp", "rock"]}
        assert buyer.name in buyer.get("/shop/").text
        buyer.close()
