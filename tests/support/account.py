"""The account of a fault: single answers, and the row that they come to."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Sample:
    """One request: what it was, when it was sent and had ended (monotonic seconds), its status.

    Status 0: nobody answered, as when a process died with the request or was not there.
    `told` is what a refusal said.
    """

    kind: str
    asked: float
    ended: float
    status: int
    told: str = ""

    @property
    def seconds(self) -> float:
        return self.ended - self.asked

    @property
    def good(self) -> bool:
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Row:
    """What a fault did to people. Times are in seconds.

    `slowest_refusal`: how long somebody with a cookie waited for a 5xx. `longest_outage`: from one
    person's first refused request to that person's next good answer. `recovery`: from the repair to
    the last request that was not served. `visit_p99`: how long somebody without a cookie waited.
    """

    fault: str
    requests: int
    unexpected_401: int
    server_errors: int
    no_answer: int
    slowest_refusal: float
    longest_outage: float
    writes_lost: int
    writes_doubled: int
    cookies_touched: int
    recovery: float
    visit_p99: float

    def line(self) -> str:
        """Return it as a row of the table."""
        return (
            f"| {self.fault} | {self.requests:,} | {self.unexpected_401} | {self.server_errors} "
            f"| {self.no_answer} | {self.slowest_refusal:.2f} | {self.longest_outage:.2f} "
            f"| {self.writes_lost} | {self.recovery:.2f} | {self.visit_p99:.2f} |"
        )


HEAD = (
    "| fault | requests | unexpected 401 | 5xx | no answer | slowest refusal | one person's outage "
    "| acknowledged writes lost | to recover | without a cookie, p99 |\n"
    "|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|"
)
TABLE: list[Row] = []
"""Every row of this run, in order."""


def at(part: float, ordered: Sequence[float]) -> float:
    """Return the value below which such a part of an ordered list lies; 0 for an empty one."""
    return ordered[min(len(ordered) - 1, int(part * len(ordered)))] if ordered else 0.0


def longest_outage(samples: Sequence[Sample]) -> float:
    """Return the longest time from a refused request to the next good answer, in seconds."""
    longest, began = 0.0, None
    for one in samples:
        if not one.good:
            began = one.asked if began is None else began
        elif began is not None:
            longest, began = max(longest, one.ended - began), None
    return longest


def hold(row: Row | None) -> Row:
    """Assert what holds in every fault but a flushed store; return the row."""
    assert row
    assert row.unexpected_401 == 0, row
    assert row.cookies_touched == 0, row
    assert row.writes_doubled == 0, row
    assert row.requests > 100, row
    return row
