"""What a fault did: how requests were answered while it lasted, and for how long after it."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from loadtests.record import Mark
from loadtests.series import Series

_SETTLED_US = 10_000_000
"""What fails longer than this after a fault is another matter."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """One fault. `answers`: how many requests begun while it lasted got which status, 0: none.

    `recovered_ms`: from its end until something was served and the last request had failed.
    None: nothing was served any more.
    """

    kind: str
    what: str
    seconds: float
    answers: dict[int, int]
    median_ms: float
    p99_ms: float
    recovered_ms: float | None
    cookies_taken: int = 0
    """How many answers took the cookie away."""

    @property
    def told(self) -> str:
        """How many got which answer, the most frequent first."""
        answers = ((status or "no answer", count) for status, count in self.answers.items())
        return ", ".join(f"{count:,} got {status}" for status, count in answers) or "nobody asked"

    @property
    def recovery(self) -> str:
        """How long after its end everybody was served again."""
        if self.recovered_ms is None:
            return "not recovered"
        return f"recovered in {self.recovered_ms / 1000:.2f} s"

    def __str__(self) -> str:
        gone = f"{self.what} gone for {self.seconds:.1f} s"
        return f"{gone}: {self.told}, p99 {self.p99_ms:.0f} ms; {self.recovery}"


def of(series: Series, marks: Sequence[Mark]) -> list[Aftermath]:
    """Return what each fault did, in time order."""
    ordered = sorted(marks, key=lambda mark: mark.start)
    nexts = [mark.start for mark in ordered[1:]]
    # What fails after the next fault began is that one's.
    untils = [*(min(m.end + _SETTLED_US, n) for m, n in zip(ordered, nexts, strict=False))]
    untils += [mark.end + _SETTLED_US for mark in ordered[-1:]]
    return [_of(series, mark, until) for mark, until in zip(ordered, untils, strict=True)]


def _of(series: Series, mark: Mark, until: int) -> Aftermath:
    start = np.frombuffer(series.start, dtype=np.int64)
    took = np.frombuffer(series.took, dtype=np.int64)
    failed = np.frombuffer(series.failed, dtype=np.uint8) > 0
    status, end = np.frombuffer(series.status, dtype=np.uint16), start + took
    during = (start >= mark.start) & (start <= mark.end)
    ms = took[during] / 1000 if during.any() else np.zeros(1)
    told = Counter(map(int, status[during]))
    good = end[~failed & (end >= mark.end)]
    bad = end[failed & (end >= mark.end) & (end < until)]
    last_bad = int(bad.max(initial=mark.end))
    recovered = (max(int(good.min()), last_bad) - mark.end) / 1000 if len(good) else None
    return Aftermath(
        mark.kind,
        mark.what,
        round((mark.end - mark.start) / 1e6, 2),
        dict(told.most_common()),
        round(float(np.percentile(ms, 50)), 1),
        round(float(np.percentile(ms, 99)), 1),
        recovered if recovered is None else round(recovered, 1),
        int(np.frombuffer(series.cleared, dtype=np.uint8)[during].sum()),
    )
