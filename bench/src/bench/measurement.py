"""What a client does for a while, and what it saw."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """So many connections from a client on `core`, for so many seconds."""

    core: int
    connections: int
    seconds: int


@dataclass(frozen=True)
class Measurement:
    """What one run saw.

    `answers` are the right ones, and `per_second` counts them alone. `failed`: answers of another
    kind, connections that broke or waited too long.
    """

    per_second: float
    p50_ms: float
    p99_ms: float
    answers: int
    failed: int
