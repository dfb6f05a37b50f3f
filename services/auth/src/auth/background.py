"""Has a thread work behind all others that want its processor. On Linux; elsewhere nothing."""

import contextlib
import ctypes
import os
import platform
import sys
import threading

NICENESS = 19
# The longest turn that Linux gives; others have 3 ms at most. How soon a hash is done beside others
# who compute does not change with it.
SLICE_MS = 100
# sched_setattr(2): glibc has no name for it before 2.41. The flag: whatever class this one has.
_KEEP_POLICY = 8
_SYSTEM_CALL = {"x86_64": 314, "aarch64": 274, "riscv64": 274}


class _Attributes(ctypes.Structure):
    """`struct sched_attr` in its first version; `slice_ns` is its sched_runtime."""

    _fields_ = (
        ("size", ctypes.c_uint32),
        ("policy", ctypes.c_uint32),
        ("flags", ctypes.c_uint64),
        ("niceness", ctypes.c_int32),
        ("priority", ctypes.c_uint32),
        ("slice_ns", ctypes.c_uint64),
        ("deadline_ns", ctypes.c_uint64),
        ("period_ns", ctypes.c_uint64),
    )


def yield_to_others() -> None:
    """Give this thread the least weight, and have whoever wakes beside it go before it at once.

    By weight alone one that wakes may wait until the thread's turn is over, or for the next tick;
    it need not where its own turns are shorter (Linux 6.12). The idle class would do the same and
    starve the thread beside others who compute (docs/decisions/0011). What a kernel or a sandbox
    refuses is left out.
    """
    # On Linux a thread has a priority of its own; elsewhere this would be the whole process.
    if sys.platform != "linux":
        return
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    number = _SYSTEM_CALL.get(platform.machine())
    if number is not None:
        wish = _Attributes(ctypes.sizeof(_Attributes), flags=_KEEP_POLICY)
        wish.niceness, wish.slice_ns = NICENESS, SLICE_MS * 1_000_000
        ctypes.CDLL(None).syscall(number, 0, ctypes.byref(wish), 0)
