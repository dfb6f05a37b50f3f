"""What goes over the wire, whoever carries it: requests, answers, the clock that times them."""

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

_STARTED_US = time.time_ns() // 1000 - time.perf_counter_ns() // 1000


def now_us() -> int:
    """Return microseconds since 1970, never stepping back within this process."""
    return _STARTED_US + time.perf_counter_ns() // 1000


@dataclass(frozen=True, slots=True)
class Request:
    """An HTTP request. `name` groups it in Locust's statistics."""

    method: str
    path: str
    name: str
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer; status 0: none came. Names in `headers` are in lower case."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""


class Wire(Protocol):
    """Carries requests of several callers at once. Never follows redirects."""

    def send(self, base: str, request: Request) -> Answer:
        """Return the answer; status 0 when none came in time."""
        ...
