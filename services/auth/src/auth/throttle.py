"""Slows guessing down: failures are counted for all instances, in Redis.

An attempt is counted before the password is looked at and given back when it was right, so parallel
guesses cannot all slip under a limit. There are three limits:

- for a name from one address: guesses from elsewhere do not lock the owner out;
- for an address: one password tried on many names is guessing, too;
- for a name from everywhere: many addresses together may not guess without end (ASVS 5.0, 6.3.1;
  NIST SP 800-63B, 3.2.2 allows 100 failures). It is so high that no few addresses reach it.

An IPv6 client is counted as its /64 network, all of which is its own.
"""

from contextlib import suppress
from dataclasses import dataclass

from auth.errors import TooManyAttempts
from auth.usernames import key_of
from holdfast.errors import StoreError
from holdfast.redis_store import RedisStore
from servicekit.client_address import counted_as

_NAMES_AN_ADDRESS = 10
"""An address may fail for so many names as often as for one."""

_ADDRESSES_A_NAME = 10
"""A name may fail from so many addresses as often as from one."""


@dataclass(frozen=True, slots=True)
class _Counter:
    """A name with its limit; `pair` is counted beside it, in the same call."""

    name: str
    limit: int
    pair: str = ""


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most `attempts` failures in `window_seconds` for one name from one address.

    The `username` None is for a name that no account can have: the address alone is counted.
    """

    store: RedisStore
    attempts: int
    window_seconds: int

    def _counters(self, ip: str, username: str | None) -> tuple[_Counter, ...]:
        address = counted_as(ip)
        of_address = _Counter(f"login:{address}", self.attempts * _NAMES_AN_ADDRESS)
        if username is None:
            return (of_address,)
        key = key_of(username)
        pair = f"login:{address}:{key}"
        return (_Counter(f"login-to:{key}", self.attempts * _ADDRESSES_A_NAME, pair), of_address)

    def count(self, ip: str, username: str | None) -> None:
        """Count an attempt. Raises TooManyAttempts, StoreError: then it is not counted."""
        counted: list[_Counter] = []
        for one in self._counters(ip, username):
            beside = {one.pair: self.attempts} if one.pair else {}
            window_ms = self.window_seconds * 1000
            try:
                wait_ms = self.store.attempt(one.name, one.limit, window_ms, beside=beside)
            except StoreError:
                self._take_back(counted)
                raise
            if wait_ms:
                self._take_back(counted)
                raise TooManyAttempts(-(-wait_ms // 1000))
            counted.append(one)

    def give_back(self, ip: str, username: str | None) -> None:
        """Take back an attempt that was not a failure."""
        self._take_back(self._counters(ip, username))

    def _take_back(self, counters: list[_Counter] | tuple[_Counter, ...]) -> None:
        # Each may be in another shard of a cluster, and that one be away.
        for one in counters:
            with suppress(StoreError):
                self.store.forgive(one.name, beside={one.pair: False} if one.pair else {})

    def succeed(self, ip: str, username: str) -> None:
        """Forget this name's failures from here; take back this one attempt elsewhere."""
        for one in self._counters(ip, username):
            self.store.forgive(one.name, beside={one.pair: True} if one.pair else {})
