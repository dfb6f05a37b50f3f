"""What /readyz asks of the store besides an answer: the rights and the memory of a fit store."""

import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

from holdfast.errors import StoreError
from holdfast.redis_inspect import Inspection, inspect
from holdfast.scripts import EVERY
from sessionhttp.settings import SessionSettings
from sessionhttp.startup import evicts

FRESH_SECONDS = 2.0


class UnfitStoreError(Exception):
    """Sessions are not safe in the store; the check's name says why."""


class Readiness:
    """Looks at the store by a connection of its own, at most once in FRESH_SECONDS.

    A store that does not answer is judged by what it was like before: that it is away is for
    another check. Blocking, within the store's timeout. `scripts`: those that the service runs.
    """

    def __init__(
        self,
        config: SessionSettings,
        scripts: Sequence[str] = EVERY,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._config, self._scripts, self._clock = config, scripts, clock
        self._lock, self._looked_at = threading.Lock(), -FRESH_SECONDS
        self._found: Inspection | None = None

    def _look(self) -> Inspection | None:
        with self._lock:
            if self._clock() - self._looked_at >= FRESH_SECONDS:
                config = self._config
                timeout_s = config.store_timeout_ms / 1000
                with suppress(StoreError):
                    self._found = inspect(config.redis_url, config.keys, self._scripts, timeout_s)
                self._looked_at = self._clock()
            return self._found

    def commands(self) -> None:
        """Raise UnfitStoreError when the store refuses commands that the service needs."""
        found = self._look()
        if found and (found.refused or found.too_old):
            raise UnfitStoreError

    def eviction(self) -> None:
        """Raise UnfitStoreError when the store evicts sessions and the settings do not allow it."""
        found = self._look()
        if found and evicts(found) and not self._config.allow_eviction:
            raise UnfitStoreError
