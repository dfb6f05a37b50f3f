"""Decides the guarantees from a record, history by history, in memory that does not grow."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field

from loadtests.findings import Violation
from loadtests.guarantees import GUARANTEES
from loadtests.record import History, Mark
from loadtests.story import Story

SHOWN = 20
"""Violations kept of each guarantee, with their requests. All are counted."""


@dataclass(slots=True)
class Score:
    """One guarantee over a whole record."""

    checks: int = 0
    failed: int = 0
    shown: list[Violation] = field(default_factory=list)
    expiry_errors_ms: list[float] = field(default_factory=list)

    @property
    def state(self) -> str:
        """PASS, FAIL or NOT EXERCISED."""
        if self.failed:
            return "FAIL"
        return "PASS" if self.checks else "NOT EXERCISED"


Scores = dict[str, Score]


def judge(
    histories: Iterable[History], marks: Collection[Mark] = (), asked: Collection[str] = GUARANTEES
) -> Scores:
    """Judge every history under the guarantees asked for."""
    scores = {name: Score() for name in GUARANTEES if name in asked}
    for history in histories:
        judge_one(history, list(marks), scores)
    return scores


def judge_one(history: History, marks: list[Mark], scores: Scores) -> None:
    """Add one history to the scores."""
    story = Story(history, marks)
    for name, score in scores.items():
        tally = GUARANTEES[name](story)
        score.checks += tally.checks
        score.failed += sum(violation.count for violation in tally.violations)
        score.shown += tally.violations[: SHOWN - len(score.shown)]
        score.expiry_errors_ms += tally.expiry_errors_ms
