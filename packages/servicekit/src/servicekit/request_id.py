"""The id that ties an answer to its log lines on every service."""

import random
import re
from contextvars import ContextVar

HEADER = "x-request-id"
_SHAPE = re.compile(r"[A-Za-z0-9._-]{1,128}", re.ASCII)

current: ContextVar[str] = ContextVar("request_id", default="-")


def accept(given: str | None) -> str:
    """Take the caller's id if it is harmless, else make one; make it current."""
    made = given if given and _SHAPE.fullmatch(given) else _new()
    current.set(made)
    return made


def _new() -> str:
    # An id keeps no secret, and the system's generator would be asked with every request.
    return f"{random.getrandbits(64):016x}"
