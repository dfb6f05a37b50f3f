"""Has a thread work behind all others that want its processor. On Linux; elsewhere nothing."""

import contextlib
import ctypes
import os
import platform
import sys
import threading

NICENESS = 19
# The longest turn that Linux gives; others have 3 ms at most by default. How soon a hash is done
# beside others who compute does not change with it.
SLICE_MS = 100
# sched_setattr(2), for which glibc has no name before 2.41, of programs of 64 bits.
SYSTEM_CALL = {"x86_64": 314, "aarch64": 274, "riscv64": 274} if sys.maxsize > 2**32 else {}
# Its flag for: whatever class the thread has.
_KEEP_POLICY = 8


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
    """Give this thread the least weight, and have whoever wakes beside it go before it.

    By weight alone one that wakes may wait until the thread's turn is over, or for the next tick;
    it seldom does where its own turns are shorter (Linux 6.12 and later). The idle class would do
    the same and starve the thread beside others who compute (docs/decisions/0011). What a kernel or
    a sandbox refuses with an error is left out.
    """
    # On Linux a thread has a priority of its own; elsewhere this would be the whole process.
    if sys.platform != "linux":
        return
    # By itself, for kernels and processors that know nothing of what follows.
    with contextlib.suppress(OSError):
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICENESS)
    # AttributeError and OSError: a C library that cannot be asked.
    with contextlib.suppress(OSError, AttributeError):
        _take_long_turns()


def _take_long_turns() -> None:
    number = SYSTEM_CALL.get(platform.machine())
    if number is not None:
        wish = _Attributes(ctypes.sizeof(_Attributes), flags=_KEEP_POLICY)
        wish.niceness, wish.slice_ns = NICENESS, SLICE_MS * 1_000_000
        ctypes.CDLL(None).syscall(ctypes.c_long(number), 0, ctypes.byref(wish), 0)
