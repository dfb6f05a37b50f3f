"""How many workers there are, and that slow neighbours hold nobody up."""

import os
import runpy
import select
import sys
from contextlib import ExitStack
from pathlib import Path

import pytest
from support.raw import Wire, ask

from devstack.stack import Stack
from servicekit import gunicorn_conf

COMMON = str(Path(gunicorn_conf.__file__))
MANY = 100


def test_GUN_01_15_workers_are_as_many_as_told_and_their_heartbeat_is_in_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("WEB_CONCURRENCY", raising=False)
    assert runpy.run_path(COMMON)["workers"] == 1
    monkeypatch.setenv("WEB_CONCURRENCY", "3")
    told = runpy.run_path(COMMON)

    assert told["workers"] == 3
    assert told["worker_tmp_dir"] == "/dev/shm"  # noqa: S108 - memory


def test_GUN_02_a_hundred_slow_upstream_requests_do_not_hold_up_the_health_check(
    stack: Stack,
) -> None:
    """By order, not by time: they wait much longer than anything here takes."""
    with ExitStack() as opened:
        slow = [opened.enter_context(Wire(stack.port)) for _ in range(MANY)]
        for one in slow:
            one.send(b"GET /app/slow?seconds=60 HTTP/1.1\r\nHost: a\r\n\r\n")
        healthy = [ask(stack.port, b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n") for _ in range(3)]
        answered, _, _ = select.select([one.socket for one in slow], [], [], 0)

    assert [answer.status for answer in healthy] == [200] * 3
    assert answered == []


@pytest.mark.skipif(sys.platform != "linux", reason="asks /proc for a master's workers")
def test_a_sign_in_waits_for_a_processor_where_a_read_wants_it(stack: Stack) -> None:
    def priority(name: str) -> int:
        master = stack.processes[name].pid
        workers = Path(f"/proc/{master}/task/{master}/children").read_text().split()
        (one,) = {os.getpriority(os.PRIO_PROCESS, int(worker)) for worker in workers}
        return one

    assert priority("auth-1") == min(priority("gateway-1") + 10, 19)
