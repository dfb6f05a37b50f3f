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
    """One lane over another: at least so many times the requests, at most that much of the p99."""

    ours: Lane
    theirs: Lane
    target: float | None = None
    p99_target: float | None = None


_EXPRESS, _FLASK = "express-session", "flask-session"

COMPARISONS = (
    Comparison(Lane(HOLDFAST, READ), Lane(_EXPRESS, READ), 3, p99_target=0.5),
    Comparison(Lane(HOLDFAST, READ), Lane(_FLASK, READ), 5),
    Comparison(Lane(HOLDFAST, VERIFY), Lane(_EXPRESS, READ), 4),
    Comparison(Lane(HOLDFAST, INCREMENT), Lane(_EXPRESS, INCREMENT), 3),
    Comparison(Lane(HOLDFAST, INCREMENT), Lane(_FLASK, INCREMENT)),
    Comparison(Lane(HOLDFAST, READ), Lane(HOLDFAST, HEALTH), 0.6),
)
