"""Slows guessing down: failures are counted for all instances, in Redis.

An attempt is counted before the password is looked at and given back when it was right, so parallel
guesses cannot all slip under the limit. Counted per address and name: who guesses from elsewhere
cannot lock the owner out. Counted per address, too: one password over many names is guessing.
"""

from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass

from auth.errors import TooManyAttempts
from auth.usernames import key_of
from holdfast.errors import StoreError
from holdfast.redis_store import RedisStore

_NAMES_AN_ADDRESS = 10
"""An address may fail for so many names as often as for one."""


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `attempts` failures in `window_seconds` for one name from one address."""

    store: RedisStore
    attempts: int
    window_seconds: int

    def _names(self, ip: str, username: str) -> tuple[tuple[str, int], ...]:
        return (
            (f"login:{ip}:{key_of(username)}", self.attempts),
            (f"login:{ip}", self.attempts * _NAMES_AN_ADDRESS),
        )

    def count(self, ip: str, username: str) -> None:
        """Count an attempt. Raises TooManyAttempts, StoreError: then it is not counted."""
        counted: list[str] = []
        for name, limit in self._names(ip, username):
            try:
                wait_ms = self.store.attempt(name, limit, self.window_seconds * 1000)
            except StoreError:
                self._take_back(counted)
                raise
            if wait_ms:
                raise TooManyAttempts(-(-wait_ms // 1000))
            counted.append(name)

    def give_back(self, ip: str, username: str) -> None:
        """Take back an attempt that was not a failure."""
        self._take_back([name for name, _ in self._names(ip, username)])

    def _take_back(self, names: Iterable[str]) -> None:
        # Each may stand in another shard of a cluster, and that one be away.
        for name in names:
            with suppress(StoreError):
                self.store.forgive(name)

    def succeed(self, ip: str, username: str) -> None:
        """Forget this name's failures from here; of the address's take back this one only."""
        (pair, _), (address, _) = self._names(ip, username)
        self.store.forgive(pair, every=True)
        self.store.forgive(address)
