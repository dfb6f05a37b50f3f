"""The folder of one run: nobody else's while it runs."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


class RunFolderError(Exception):
    """The folder cannot be had: another run holds it, or it cannot be made or written."""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Make a folder and keep other runs out of it; the system lets go if we die. RunFolderError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a")
    except OSError as error:
        raise RunFolderError(f"RUN_DIR={folder} cannot be used: {error.strerror}") from error
    with lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunFolderError(
                f"RUN_DIR={folder} is in use by another make run: choose another with RUN_DIR="
            ) from error
        yield
