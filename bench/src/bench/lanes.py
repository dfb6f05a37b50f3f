"""What is measured, and what is compared with what."""

from collections.abc import Collection
from typing import NamedTuple

HOLDFAST, EXPRESS, FLASK, DJANGO = "holdfast", "express-session", "flask-session", "django-cache"
NGINX_LUA, REDIS, ARGON2 = "nginx-lua", "redis", "argon2"

READ, VERIFY, INCREMENT, PUT = "read", "verify", "increment", "put"
PROXIED, DOWNLOAD, UPLOAD = "proxied", "download", "upload"
LOGIN, ANONYMOUS, HEALTH, BARE_READ = "login", "anonymous", "healthz", "bare-read"


class Lane(NamedTuple):
    """One subject doing one kind of work."""

    subject: str
    work: str

    def __str__(self) -> str:
        return f"{self.subject} {self.work}"


class Comparison(NamedTuple):
    """One lane over another: at least so many times the requests, at most that much of the p99.

    `all_kept`: nothing that ours acknowledged may be lost either.
    """

    ours: Lane
    theirs: Lane
    target: float | None = None
    p99_target: float | None = None
    all_kept: bool = False


def _like(work: str, subject: str, target: float | None = None) -> Comparison:
    return Comparison(Lane(HOLDFAST, work), Lane(subject, work), target)


COMPARISONS = (
    Comparison(Lane(HOLDFAST, READ), Lane(EXPRESS, READ), 3, p99_target=0.5),
    _like(READ, FLASK, 5),
    _like(READ, DJANGO),
    Comparison(Lane(HOLDFAST, VERIFY), Lane(EXPRESS, READ), 4),
    Comparison(Lane(HOLDFAST, INCREMENT), Lane(EXPRESS, INCREMENT), 3, all_kept=True),
    _like(INCREMENT, FLASK),
    _like(INCREMENT, DJANGO),
    _like(PUT, EXPRESS),
    _like(PUT, FLASK),
    _like(PROXIED, EXPRESS, 2),
    _like(DOWNLOAD, EXPRESS),
    _like(UPLOAD, EXPRESS),
    _like(ANONYMOUS, EXPRESS),
    _like(ANONYMOUS, FLASK),
    # The limits: of the server, of a gateway on this store, of the store, of the processor.
    Comparison(Lane(HOLDFAST, READ), Lane(HOLDFAST, HEALTH), 0.6),
    _like(READ, NGINX_LUA, 0.45),
    _like(READ, REDIS),
    Comparison(Lane(HOLDFAST, READ), Lane(REDIS, BARE_READ)),
    _like(LOGIN, ARGON2),
)

_LANES = tuple(dict.fromkeys(lane for one in COMPARISONS for lane in (one.ours, one.theirs)))
WORKS = tuple(lane.work for lane in _LANES if lane.subject == HOLDFAST)
OTHERS = tuple(dict.fromkeys(lane.subject for lane in _LANES if lane.subject != HOLDFAST))


def chosen(works: Collection[str], others: Collection[str]) -> list[Lane]:
    """Return the lanes of these kinds of work, ours and those of `others` beside them."""
    kept = (
        one
        for one in COMPARISONS
        if one.ours.work in works and one.theirs.subject in {HOLDFAST, *others}
    )
    lanes = [lane for one in kept for lane in (one.ours, one.theirs)]
    return list(dict.fromkeys([*(Lane(HOLDFAST, work) for work in works), *lanes]))
