"""Waiting for something, with a deadline instead of a guess."""

import time
from collections.abc import Callable


def until(true: Callable[[], object], seconds: float) -> float:
    """Poll until something is true; return the seconds it took."""
    start = time.monotonic()
    while not true():
        assert time.monotonic() - start < seconds, "it did not happen in time"
        time.sleep(0.02)
    return time.monotonic() - start
