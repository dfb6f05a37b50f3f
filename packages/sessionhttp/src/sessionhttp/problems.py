"""The session library's errors as problems: the one place that gives them a status."""

from holdfast import Ended, HoldfastError, Reason, errors
from servicekit.problems import Problem

_NAMES: dict[type[HoldfastError], str] = {
    errors.MalformedToken: "session-ended",
    errors.StoreFull: "session-store-full",
    errors.StoreUnavailable: "session-store-unavailable",
    errors.StoreDenied: "session-store-unavailable",
    errors.StoreRejected: "session-store-unavailable",
    errors.ForeignStore: "session-store-unavailable",
    errors.NotConfirmed: "session-store-unavailable",
    errors.VersionConflict: "version-conflict",
    errors.WrongKind: "wrong-kind",
    errors.QuotaExceeded: "session-too-large",
    errors.IdempotencyKeyReused: "idempotency-key-reused",
    errors.TooManySessions: "too-many-sessions",
    errors.InvalidIntent: "invalid-request",
}


def of_error(error: HoldfastError) -> Problem:
    """Return the problem that tells this error to an HTTP client."""
    name = _NAMES.get(type(error), "internal")
    match error:
        case errors.MalformedToken():
            return Problem(name, reason="unknown")
        case errors.VersionConflict() | errors.WrongKind():
            return Problem(name, name=error.name)
        case errors.QuotaExceeded():
            return Problem(name, limit=error.what)
        case errors.NotConfirmed():
            return Problem(name, f"Not confirmed: {error}. Ask again.")
        case errors.InvalidIntent():
            return Problem(name, str(error))
        case _:
            return Problem(name)


class SessionOver(Problem):
    """The 401 that tells why a session is over. `reason` is the whole truth, for operators."""

    def __init__(self, ended: Ended) -> None:
        self.reason = ended.reason
        told = Reason.UNKNOWN if ended.reason is Reason.CORRUPT else ended.reason
        super().__init__("session-ended", reason=told.value)

    def told(self) -> dict[str, str]:
        """Return what a log line tells of it."""
        return {"problem": self.name, "reason": self.reason.value}
