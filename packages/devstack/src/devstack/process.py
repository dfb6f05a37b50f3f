"""One server process: started, waited for, ended by its own id."""

import os
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from devstack import tied

START_SECONDS, STOP_SECONDS = 20.0, 10.0
_POLL_SECONDS = 0.05
_MOST_LINES = 40
# A proxy that the environment names for other hosts does not lead back to this one.
_DIRECTLY = urllib.request.build_opener(urllib.request.ProxyHandler({}))
_TIED = (sys.executable, "-I", "-S", tied.__file__)


class StartError(Exception):
    """A process did not come up; the message has what it logged last."""


class Process:
    """A running child with a log file. `ready` returns, without raising, whether it serves.

    With the descriptor of a `lock` it holds that, too, and is asked to stop when this process dies.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        env: Mapping[str, str],
        log: Path,
        ready: Callable[[], bool],
        *,
        lock: int | None = None,
    ) -> None:
        self.name, self._log, self._ready = name, log, ready
        with log.open("ab") as out:
            self._logged_before = out.tell()
            # A group of its own, for signals, but no session: Linux shares a core out by sessions
            # (sched_autogroup), and a hash's low priority would count for nothing among them.
            self._child = subprocess.Popen(  # noqa: S603 - commands are ours
                command if lock is None else [*_TIED, str(os.getpid()), *command],
                env=dict(env),
                pass_fds=() if lock is None else (lock,),
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                process_group=0,
            )

    @property
    def pid(self) -> int:
        """The child's process id."""
        return self._child.pid

    def alive(self) -> bool:
        """Tell whether it still runs."""
        return self._child.poll() is None

    def wait_ready(self) -> None:
        """Poll until it serves. Raises StartError."""
        deadline = time.monotonic() + START_SECONDS
        while not self._ready():
            if not self.alive() or time.monotonic() > deadline:
                raise StartError(f"{self.name} did not start:\n{self._said()}")
            time.sleep(_POLL_SECONDS)

    def _said(self) -> str:
        """Return its last lines of this start; of one that ended, not whom it had served."""
        with self._log.open("rb") as log:
            log.seek(self._logged_before)
            lines = log.read().decode(errors="replace").splitlines()
        plain = [line for line in lines if not line.startswith("{")]
        shown = lines if self.alive() or not plain else plain
        return "\n".join(shown[-_MOST_LINES:])

    def kill(self) -> None:
        """End it and its workers at once, as a crash would."""
        os.killpg(self.pid, signal.SIGKILL)
        self._child.wait()

    def signal(self, number: signal.Signals) -> None:
        """Send it and its workers a signal."""
        os.killpg(self.pid, number)

    def ask_to_stop(self) -> None:
        """Ask it to end in good order."""
        if self.alive():
            self._child.terminate()

    def stop(self) -> None:
        """End it in good order, or after a while at once."""
        self.ask_to_stop()
        try:
            self._child.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.kill()


def answers(url: str) -> bool:
    """Tell whether a URL answers 200."""
    try:
        with _DIRECTLY.open(url, timeout=1) as response:
            return bool(response.status == 200)  # noqa: PLR2004 - the status
    except (OSError, urllib.error.URLError):
        return False
