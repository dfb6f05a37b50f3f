"""The verdict: one line per guarantee and limit, and whether everything asked for holds."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np

from loadtests.checker import Score, Scores, judge_one
from loadtests.guarantees import GUARANTEES
from loadtests.profiles import Limits
from loadtests.record import Entry, History, Mark
from loadtests.series import Series


@dataclass(frozen=True, slots=True)
class Line:
    """One thing decided."""

    name: str
    state: str
    told: str

    def __str__(self) -> str:
        return f"{self.name} {self.state} {self.told}".rstrip()


@dataclass(frozen=True, slots=True)
class Verdict:
    """Everything decided about a record, and what it was decided from."""

    lines: list[Line]
    scores: Scores
    series: Series
    marks: list[Mark]
    lives: int

    @property
    def holds(self) -> bool:
        """Whether everything asked for was exercised and passed."""
        return all(line.state == "PASS" for line in self.lines)


def decide(
    entries: Iterable[Entry], marks: list[Mark], asked: list[str], limits: Limits
) -> Verdict:
    """Judge a record, one history at a time. `marks` are told apart: they concern all of it."""
    scores = {name: Score() for name in GUARANTEES if name in asked}
    series, lives = Series(), 0
    for entry in entries:
        if isinstance(entry, History):
            judge_one(entry, marks, scores)
            series.add(entry)
            lives += 1
    lines = [_of_guarantee(name, score) for name, score in scores.items()]
    return Verdict([*lines, *_of_limits(series, marks, limits)], scores, series, marks, lives)


def _of_guarantee(name: str, score: Score) -> Line:
    told = f"{score.checks} checks" if score.checks else ""
    if score.failed:
        told = f"{score.failed} of {told}: {score.shown[0].what}"
    return Line(name, score.state, told)


def _of_limits(series: Series, marks: list[Mark], limits: Limits) -> Iterator[Line]:
    calm = series.outside(marks)
    asked = len(calm.took)
    if not asked:
        yield Line("load", "NOT EXERCISED", "no requests")
        return
    for name, share in (("p95", limits.p95_ms), ("p99", limits.p99_ms)):
        if share is not None:
            seen = float(np.percentile(calm.took, int(name[1:]))) / 1000
            yield _within(name, seen <= share, f"{seen:.0f} ms, at most {share:.0f} ms")
    if limits.errors is not None:
        told = f"{calm.failed} of {asked} requests outside of faults"
        told += f"; {calm.put_off} sign-ins put off" if calm.put_off else ""
        yield _within("errors", calm.failed <= limits.errors * asked, told)


def _within(name: str, good: bool, told: str) -> Line:
    return Line(name, "PASS" if good else "FAIL", told)
