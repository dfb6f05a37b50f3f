"""How much of this machine, or of its share that a container has, hashing may use."""

import math
import os
import sys
from pathlib import Path

from servicekit.workers import worker_count

CGROUP = Path("/sys/fs/cgroup")
# More would be more than the threads of a worker.
_MOST_SLOTS = 8
_SHARE_OF_MEMORY = 4


def slots(memory_bytes: int, cgroup: Path = CGROUP) -> int:
    """Return how many hashes of `memory_bytes` each may run at once in each worker.

    No more than there are processors, and a quarter of the memory at most; at least one.
    """
    workers = worker_count(os.environ)
    most = min(_processors(cgroup), _memory_bytes(cgroup) / _SHARE_OF_MEMORY / memory_bytes)
    return max(1, min(_MOST_SLOTS, int(most / workers)))


def _processors(cgroup: Path) -> int:
    usable = len(os.sched_getaffinity(0)) if sys.platform == "linux" else os.cpu_count() or 1
    quota, period = _words(cgroup / "cpu.max") or ("max", "1")
    return usable if quota == "max" else min(usable, math.ceil(int(quota) / int(period)))


def _memory_bytes(cgroup: Path) -> int:
    (limit,) = _words(cgroup / "memory.max") or ("max",)
    return _installed_bytes() if limit == "max" else min(_installed_bytes(), int(limit))


def _installed_bytes() -> int:
    return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")


def _words(file: Path) -> list[str]:
    # Absent outside of containers, and where control groups are of the first version.
    return file.read_text().split() if file.exists() else []
