"""CPU time is counted for whole groups, and only they are moved to a core."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from support.until import until

from bench.cpu import move, used_seconds


@contextmanager
def two_busy() -> Iterator[int]:
    """Give the group of a busy process and its busy child."""
    command = [sys.executable, "-c", "import os\nos.fork()\nwhile True: pass"]
    with subprocess.Popen(command, start_new_session=True) as child:
        try:
            yield child.pid
        finally:
            os.killpg(child.pid, signal.SIGKILL)


def test_the_time_of_a_group_includes_its_children() -> None:
    began, cores = time.monotonic(), len(os.sched_getaffinity(0))
    with two_busy() as group:
        until(lambda: used_seconds({group}) > 0.2, 20)
        assert used_seconds({group}) <= cores * (time.monotonic() - began) + 0.1
        assert used_seconds(set()) == 0


def test_a_group_is_moved_with_its_children_and_nobody_else() -> None:
    mine = os.sched_getaffinity(0)
    with two_busy() as group:
        children = Path(f"/proc/{group}/task/{group}/children")
        until(children.read_text, 20)
        move({group}, max(mine))
        both = [group, int(children.read_text())]
        assert [os.sched_getaffinity(pid) for pid in both] == [{max(mine)}] * 2
        assert os.sched_getaffinity(0) == mine
