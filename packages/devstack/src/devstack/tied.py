"""Becomes a command that ends when its parent does: `python tied.py PARENT COMMAND...`.

A program of its own, since what `subprocess` could run between fork and exec is not safe beside
threads. Only Linux has such a signal; elsewhere the lock of the run folder has to do.
"""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def main() -> None:
    """Ask for SIGTERM at the parent's death, then become the command."""
    parent, command = int(sys.argv[1]), sys.argv[2:]
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # It died before it could be heard of.
            sys.exit("the parent is gone")
    os.execvp(command[0], command)  # noqa: S606 - the command is the caller's


if __name__ == "__main__":
    main()
