"""The folder of one run: locked by every process that uses it, for as long as one of them lives."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_PROCESSES = Path("/proc")


class RunFolderError(Exception):
    """The folder cannot be had: another run holds it, or it cannot be made or written."""


@contextmanager
def held(folder: Path) -> Iterator[int]:
    """Make a folder and keep other runs out of it. Raises RunFolderError.

    Yield the descriptor of its lock. Children that inherit it hold the lock as well, so that no
    second Redis writes to the files of one whose runner was killed.
    """
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise RunFolderError(f"RUN_DIR={folder} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunFolderError(_in_use(folder)) from error
        _make_private(folder)
        yield lock.fileno()


def _in_use(folder: Path) -> str:
    others = " ".join(map(str, holders(folder)))
    stop = f"kill {others}" if others else f"kill the processes that lsof {folder / 'lock'} lists"
    return f"RUN_DIR={folder} is in use by another make run: choose another RUN_DIR=, or {stop}"


def holders(folder: Path) -> list[int]:
    """List the processes that have the folder's lock open, but for this one.

    Where there is no /proc, or it may not be read, there are none to find.
    """
    path, found = (folder / "lock").resolve(), []
    for one in _PROCESSES.glob("[0-9]*"):
        try:
            opened = {link.readlink() for link in (one / "fd").iterdir()}
        except OSError:  # It is gone, or another user's.
            continue
        if path in opened and int(one.name) != os.getpid():
            found.append(int(one.name))
    return sorted(found)


def _make_private(folder: Path) -> None:
    """Shut what an earlier version left open to others: passwords' hashes, sessions, logs.

    The folder itself may be one that people share.
    """
    for pattern in ("redis", "accounts.sqlite*", "*.log", "gateway.toml", "holdfast_*", "lock"):
        for path in folder.glob(pattern):
            # Another person's file in a shared folder is not ours to change.
            if not path.is_symlink() and path.stat().st_uid == os.getuid():
                path.chmod(0o700 if path.is_dir() else 0o600)
