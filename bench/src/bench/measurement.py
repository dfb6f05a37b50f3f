"""What a client does for a while, and what it saw."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Load:
    """So many connections from a client on `core`, for so many seconds.

    `pause_ms`: how long each rests on average between an answer and its next request; 0: never.
    """

    core: int
    connections: int
    seconds: int
    pause_ms: int = 0


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
