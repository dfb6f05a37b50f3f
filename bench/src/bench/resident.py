"""Resident memory of processes, from /proc (Linux)."""

import re
from pathlib import Path

_MIB_KIB = 1024


def workers(master: int) -> list[int]:
    """Return the children of a process: a gunicorn's workers."""
    text = Path(f"/proc/{master}/task/{master}/children").read_text()
    return [int(word) for word in text.split()]


def now_mib(pid: int) -> float:
    """Return what a process holds now."""
    return _told(pid, "VmRSS")


def peak_mib(pid: int) -> float:
    """Return the most that it held since it began, or since `forget_peak`."""
    return _told(pid, "VmHWM")


def forget_peak(pid: int) -> None:
    """Let the peak begin anew (proc(5), clear_refs)."""
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def _told(pid: int, name: str) -> float:
    found = re.search(
        rf"^{name}:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE
    )
    return int(found[1]) / _MIB_KIB if found else 0.0
