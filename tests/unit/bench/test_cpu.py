"""CPU time is counted for whole groups, and only for them."""

import os
import signal
import subprocess
import sys
import time

from support.until import until

from bench.cpu import used_seconds


def test_the_time_of_a_group_includes_its_children() -> None:
    busy = "import os\nos.fork()\nwhile True: pass"
    child = subprocess.Popen([sys.executable, "-c", busy], start_new_session=True)
    try:
        began = time.monotonic()
        until(lambda: used_seconds({child.pid}) > 0.2, 20)
        cores = len(os.sched_getaffinity(0))
        assert used_seconds({child.pid}) <= cores * (time.monotonic() - began) + 0.1
        assert used_seconds(set()) == 0
    finally:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
