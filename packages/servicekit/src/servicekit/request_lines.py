"""The log line that every request writes, for a small part of what other lines may cost."""

import asyncio
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from select import PIPE_BUF

import msgspec
import structlog

log = structlog.get_logger()


def _now() -> datetime:
    return datetime.now(UTC)


class RequestLine(msgspec.Struct, kw_only=True):
    """What is told of one request. `problem` and `reason` are there only where there was one.

    `upstream` is there where a service behind was asked, `cause` where that failed.
    """

    time: datetime = msgspec.field(default_factory=_now)
    request_id: str
    trace_id: str
    method: str
    path: str
    route: str
    status: int
    ms: float
    ip: str
    user: str | None
    session: str | None
    problem: str | msgspec.UnsetType = msgspec.UNSET
    reason: str | msgspec.UnsetType = msgspec.UNSET
    upstream: str | msgspec.UnsetType = msgspec.UNSET
    cause: str | msgspec.UnsetType = msgspec.UNSET


Tell = Callable[[RequestLine], None]


def tell_like_others(line: RequestLine) -> None:
    """Write it the way of all lines, which is for eyes or for tests that catch them."""
    fields = msgspec.structs.asdict(line)
    del fields["time"]
    there = {name: value for name, value in fields.items() if value is not msgspec.UNSET}
    log.info("request", **there)


class JsonLines:
    """Writes lines as JSON to stdout, those of one turn of the event loop together.

    A line waits for the end of the turn at most, so a crash can lose those of one turn. A write is
    small enough to stay in one piece in a pipe that other workers write to.
    """

    def __init__(self, service: str, instance: str) -> None:
        same = {"event": "request", "level": "info", "service": service, "instance": instance}
        self._beginning = msgspec.json.encode(same)[:-1] + b","
        self._encode = msgspec.json.Encoder().encode
        self._waiting = bytearray()

    def tell(self, line: RequestLine) -> None:
        """Write a line soon. To be called on the event loop."""
        text = b"%s%s\n" % (self._beginning, self._encode(line)[1:])
        if not self._waiting:
            asyncio.get_running_loop().call_soon(self.flush)
        elif len(self._waiting) + len(text) > PIPE_BUF:
            self._write()
        self._waiting += text

    def flush(self) -> None:
        """Write what waits."""
        if self._waiting:
            self._write()

    def _write(self) -> None:
        # Taken first: with a write that fails nothing waits, or no later line would begin a turn.
        text, self._waiting = self._waiting, bytearray()
        sys.stdout.buffer.write(text)
        sys.stdout.buffer.flush()
