"""What `make compare` found: a row for each question, a column for each contender."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Phases = dict[str, dict[str, Any]]
"""The verdicts (report.summarize) of one contender, by phase."""
_SECOND_MS = 1000


@dataclass(frozen=True, slots=True)
class Cell:
    """An answer to one question: the word itself, and what belongs to it.

    `good` where that can be said. `size` is what a bar shows.
    """

    told: str
    more: str = ""
    good: bool | None = None
    size: float = 0.0

    def __str__(self) -> str:
        return f"{self.told} {self.more}".rstrip()


Answers = dict[str, dict[str, Cell]]
"""By contender, then by question."""
_NOT_ASKED = Cell("not asked")


def _failed(guarantee: str) -> Callable[[Phases], Cell]:
    def cell(phases: Phases) -> Cell:
        score = phases["races"]["guarantees"][guarantee]
        checks, failed = score["checks"], score["failed"]
        if not checks:
            return _NOT_ASKED
        return Cell(f"{failed:,}", f"of {checks:,}", failed == 0, failed / checks)

    return cell


def _survives(phases: Phases) -> Cell:
    """Tell whether sessions and what was acknowledged in them outlived a kill -9 of Redis."""
    if "outage" not in phases:
        return _NOT_ASKED
    score, (fault,) = phases["outage"]["guarantees"]["G8"], phases["outage"]["faults"]
    lost, lived, back_ms = score["failed"], score["checks"], fault["recovered_ms"]
    if back_ms is None:
        return Cell("no", "it does not come back", good=False)
    if fault["cookies_taken"]:
        return Cell("no", "it takes the cookies", good=False)
    if lost:
        return Cell("no", f"{lost} lost of {lived}", good=False)
    if not lived:
        # Who is served all the time may be signed out by the end: nothing is known of those.
        return Cell("not shown", "nobody stayed")
    return Cell("yes", f"{lived} of {lived}, after {_time(back_ms)}", good=True)


def _outage(phases: Phases) -> Cell:
    """Tell what most requests are answered while Redis is down, and how soon."""
    if "outage" not in phases:
        return _NOT_ASKED
    (fault,) = phases["outage"]["faults"]
    asked = sum(fault["answers"].values())
    if not asked:
        return Cell("none", "nobody asked")
    status, count = next(iter(fault["answers"].items()))
    good = not phases["outage"]["guarantees"]["G7"]["failed"]
    more = f"{count / asked:.0%}, in {_time(fault['median_ms'])}"
    return Cell("none" if status == "0" else status, more, good)


def _rate(phases: Phases) -> Cell:
    rate = phases["rate"]["sustained_per_second"]
    return Cell(f"{rate:,}", size=rate)


def _p99(phases: Phases) -> Cell:
    p99 = phases["rate"]["session_p99_ms"]
    return Cell(_time(p99), size=p99)


def _time(ms: float) -> str:
    return f"{ms / _SECOND_MS:.1f} s" if ms >= _SECOND_MS else f"{ms:.0f} ms"


ROWS: dict[str, Callable[[Phases], Cell]] = {
    "lost updates": _failed("G2"),
    "undone logouts": _failed("G3"),
    "wrong expiry": _failed("G4"),
    "cross-talk": _failed("G5"),
    "survives Redis kill": _survives,
    "answers during outage": _outage,
    "requests/s": _rate,
    "p99": _p99,
}


ABOUT = {
    "lost updates": "acknowledged, then not there",
    "undone logouts": "served after the logout",
    "wrong expiry": "served too long, or not enough",
    "cross-talk": "shows somebody else's data",
    "survives Redis kill": "kill -9, back after 3 s",
    "answers during outage": "the most frequent",
    "requests/s": "nobody waits, few sign in",
    "p99": "of these requests",
}
"""What a row is, in few words."""


def cells(phases: Phases) -> dict[str, Cell]:
    """Answer every question about one contender."""
    return {question: answer(phases) for question, answer in ROWS.items()}


def text(answers: Answers) -> str:
    """Return the table as lines."""
    rows = [["", *answers]]
    rows += [[q, *(str(of_one[q]) for of_one in answers.values())] for q in ROWS]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return "\n".join("  ".join(map(str.ljust, row, widths)).rstrip() for row in rows)
