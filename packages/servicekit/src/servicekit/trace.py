"""Which trace a request belongs to (W3C Trace Context, level 1)."""

import random
import re
from contextvars import ContextVar
from typing import NamedTuple

HEADER, STATE_HEADER = "traceparent", "tracestate"
_SAMPLED = 1
# A later version may append parts; version ff and ids of zeros are invalid.
_SHAPE = re.compile(
    r"(?!ff)([0-9a-f]{2})-((?!0{32})[0-9a-f]{32})-((?!0{16})[0-9a-f]{16})-([0-9a-f]{2})(-.*)?",
    re.ASCII,
)


class Trace(NamedTuple):
    """One request's place in a trace. `state` is the vendors' list as it came, or empty."""

    id: str
    flags: str
    state: str = ""

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Return the fields for a request that this one causes, with a new parent id."""
        parent = f"00-{self.id}-{_odd(64):016x}-{self.flags}"
        fields = [(HEADER.encode(), parent.encode())]
        if self.state:
            fields.append((STATE_HEADER.encode(), self.state.encode("latin-1")))
        return fields


current: ContextVar[Trace | None] = ContextVar("trace", default=None)


def accept(given: str | None, state: str = "") -> Trace:
    """Join the caller's trace, or begin one where what it gave is none; make it current."""
    found = _SHAPE.fullmatch(given) if given else None
    if found and not (found[1] == "00" and found[5]):
        trace = Trace(found[2], f"{int(found[4], 16) & _SAMPLED:02x}", state)
    else:
        trace = Trace(f"{_odd(128):032x}", "01")
    current.set(trace)
    return trace


def _odd(bits: int) -> int:
    # Trace ids keep no secret; an id of zeros would be invalid, so its last bit is set.
    return random.getrandbits(bits) | 1
