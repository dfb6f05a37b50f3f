"""Hashes and verifies passwords: Argon2id, a bounded number at once."""

import threading
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from auth.errors import Busy
from auth.password_rules import MOST_BYTES

# OWASP Password Storage: Argon2id with 19 MiB, two passes, one lane.
MEMORY_KIB, PASSES, LANES = 19_456, 2, 1


class Passwords:
    """Argon2id behind `slots` places; who waits longer than `wait_seconds` gets Busy."""

    def __init__(
        self, *, slots: int = 2, wait_seconds: float = 2.0, hasher: PasswordHasher | None = None
    ) -> None:
        self._hasher = hasher or PasswordHasher(PASSES, MEMORY_KIB, LANES)
        self._slots, self._wait_seconds = threading.BoundedSemaphore(slots), wait_seconds
        # Verified for unknown users, so that they take as long as known ones.
        self._nobody = self._hasher.hash("nobody has this password")

    @contextmanager
    def _slot(self) -> Iterator[None]:
        if not self._slots.acquire(timeout=self._wait_seconds):
            raise Busy
        try:
            yield
        finally:
            self._slots.release()

    def hash(self, password: str) -> str:
        """Return the hash of a new password. Raises Busy."""
        with self._slot():
            return self._hasher.hash(unicodedata.normalize("NFC", password))

    def verify(self, password_hash: str | None, password: str) -> bool:
        """Tell whether the password is the one; None, for no account, takes as long."""
        text = password if len(password.encode()) <= MOST_BYTES else ""
        with self._slot():
            try:
                self._hasher.verify(
                    password_hash or self._nobody, unicodedata.normalize("NFC", text)
                )
            except (VerificationError, InvalidHashError):
                return False
        return password_hash is not None

    def needs_rehash(self, password_hash: str) -> bool:
        """Tell whether a hash was made with other parameters than today's."""
        return self._hasher.check_needs_rehash(password_hash)
