"""What an operator is told of a store that is out of reach, by the logger `holdfast`."""

import logging
import threading
from typing import TypeVar

from holdfast.calls import Call
from holdfast.errors import HoldfastError, StoreUnavailable
from holdfast.redis_store import RedisStore

T = TypeVar("T")
log = logging.getLogger("holdfast")


class ToldStore(RedisStore):
    """Warns when the first call fails and when one is answered again, not for each call between.

    Not from the breaker alone: an application with few visitors would never fail often enough.
    """

    _fault: str | None = None
    _telling = threading.Lock()

    def run(self, call: Call[T]) -> T:
        """See RedisStore.run."""
        try:
            answer = super().run(call)
        except StoreUnavailable as error:
            self._tell(str(error))
            raise
        except HoldfastError:
            self._tell(None)  # A refusal is an answer, too.
            raise
        self._tell(None)
        return answer

    def _tell(self, fault: str | None) -> None:
        if (fault is None) == (self._fault is None):
            return
        with self._telling:
            if (fault is None) == (self._fault is None):
                return
            self._fault = fault
        if fault:
            log.warning("the server of SESSION_REDIS is out of reach, sessions get 503: %s", fault)
        else:
            log.warning("the server of SESSION_REDIS answers again")
