"""What is measured, and what is compared with what."""

from dataclasses import dataclass, field
from typing import NamedTuple

HOLDFAST = "holdfast"
READ, VERIFY, INCREMENT, HEALTH = "read", "verify", "increment", "healthz"


@dataclass(frozen=True)
class Request:
    """One request, sent over and over."""

    method: str
    url: str
    headers: dict[str, str] = field(default_factory=dict)
    body: str = ""


class Lane(NamedTuple):
    """One subject doing one kind of work."""

    subject: str
    work: str

    def __str__(self) -> str:
        return f"{self.subject} {self.work}"


class Comparison(NamedTuple):
    """Requests per second of one lane over those of another, and the ratio it should reach."""

    ours: Lane
    theirs: Lane
    target: float | None


def _against(work: str, subject: str, theirs: str, target: float | None) -> Comparison:
    return Comparison(Lane(HOLDFAST, work), Lane(subject, theirs), target)


COMPARISONS = (
    _against(READ, "express-session", READ, 3),
    _against(READ, "flask-session", READ, 5),
    _against(VERIFY, "express-session", READ, 4),
    _against(INCREMENT, "express-session", INCREMENT, 3),
    _against(INCREMENT, "flask-session", INCREMENT, None),
    _against(READ, HOLDFAST, HEALTH, 0.6),
)
