"""Hashes and verifies passwords: Argon2id, a bounded number at once, behind everything else."""

import contextlib
import threading
import unicodedata
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from auth import background, capacity
from auth.errors import Busy
from auth.password_rules import MOST_BYTES

T = TypeVar("T")

# OWASP Password Storage: Argon2id with 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1


class Passwords:
    """Argon2id on `slots` threads; whoever waits longer than `wait_seconds` for one gets Busy.

    A verb that will hash holds a `place` from its beginning. There are as many as slots and
    `waiting` more, and with all of them taken the next is refused at once instead of queued.
    """

    def __init__(
        self,
        *,
        slots: int | None = None,
        waiting: int = 4,
        wait_seconds: float = 2.0,
        hasher: PasswordHasher | None = None,
    ) -> None:
        self._hasher = hasher or PasswordHasher(PASSES, MEMORY_KIB, LANES)
        slots = slots or capacity.slots(MEMORY_KIB * 1024)
        self._threads = ThreadPoolExecutor(slots, "hashing", initializer=background.yield_to_others)
        self._places = threading.BoundedSemaphore(slots + waiting)
        self._wait_seconds = wait_seconds
        # Verified for unknown users, so that they take as long as known ones.
        self._nobody = self._hasher.hash("nobody has this password")

    @contextlib.contextmanager
    def place(self) -> Iterator[None]:
        """Hold a place. Raises Busy at once when all are taken."""
        if not self._places.acquire(blocking=False):
            raise Busy
        try:
            yield
        finally:
            self._places.release()

    def _run(self, work: Callable[[], T]) -> T:
        future = self._threads.submit(work)
        try:
            return future.result(self._wait_seconds)
        except TimeoutError:
            if future.cancel():
                raise Busy from None
            # It has begun, and ends as soon as others leave it a processor.
            return future.result()

    def hash(self, password: str) -> str:
        """Return the hash of a new password. Raises Busy."""
        text = unicodedata.normalize("NFC", password)
        return self._run(lambda: self._hasher.hash(text))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password is the one; None, for no account, takes as long."""
        short = password if len(password.encode()) <= MOST_BYTES else ""
        text, known = unicodedata.normalize("NFC", short), password_hash or self._nobody
        try:
            self._run(lambda: self._hasher.verify(known, text))
        except (VerificationError, InvalidHashError):
            return False
        return password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
