"""PostgreSQL connections on which nobody waits for ever."""

import time
from typing import Any, TypeVar

import psycopg
from psycopg.abc import PQGen

T = TypeVar("T")


class BoundedConnection(psycopg.Connection[Any]):
    """Gives an answer up that does not come within `most_seconds`, and is closed then.

    PostgreSQL's own timeouts are kept by the server, and one that is frozen keeps none: every
    thread of ours would end up waiting for it. Longer than the server's, whose word is better.
    """

    most_seconds = 3.0

    def wait(self, gen: PQGen[T], interval: float = 0.1, timeout: float | None = None) -> T:
        """See psycopg.Connection.wait. Raises psycopg.OperationalError when the time is over."""
        most = self.most_seconds if timeout is None else timeout
        deadline = time.monotonic() + most
        try:
            return super().wait(gen, interval, most)
        except psycopg.OperationalError:
            if time.monotonic() >= deadline:
                self.close()  # what comes now would be taken for another's answer
            raise
