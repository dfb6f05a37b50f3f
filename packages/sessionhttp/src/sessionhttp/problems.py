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
    errors.TooManyRotations: "too-many-attempts",
    errors.InvalidIntent: "invalid-request",
}

# Why a session is over, to whoever it belonged to. Unknown says nothing: there may have been none.
IN_WORDS: dict[Reason, str] = {
    Reason.LOGGED_OUT: "You signed out.",
    Reason.IDLE_TIMEOUT: "You were signed out because nothing happened here for a while.",
    Reason.ABSOLUTE_TIMEOUT: "You were signed out because it is time to sign in afresh.",
    Reason.REVOKED: "You were signed out from another of your devices.",
    Reason.REVOKED_BY_ADMIN: "You were signed out by whoever runs this place.",
    Reason.EVICTED_BY_LIMIT: "You were signed out because you signed in on more devices than are "
    "allowed at once.",
    Reason.PASSWORD_CHANGED: "You were signed out because your password was changed.",
    Reason.ROLES_CHANGED: "You were signed out because your permissions have changed.",
    Reason.ROTATED: "This session was replaced by a newer one.",
    Reason.TOKEN_REUSE: "You were signed out to be safe: an old copy of your session was used. If "
    "that was not you, change your password.",
    Reason.ACCOUNT_DISABLED: "This account is closed.",
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
        case errors.TooManyRotations():
            wait = {"retry-after": str(-(-error.retry_ms // 1000))}
            return Problem(name, "Its last tokens have to be used first.", headers=wait)
    return Problem(name, str(error) if isinstance(error, errors.InvalidIntent) else "")


class SessionOver(Problem):
    """The 401 that tells why a session is over. `reason` is the whole truth, for operators."""

    def __init__(self, ended: Ended) -> None:
        self.reason = ended.reason
        told = Reason.UNKNOWN if ended.reason is Reason.CORRUPT else ended.reason
        super().__init__("session-ended", IN_WORDS.get(told, ""), reason=told.value)

    def told(self) -> dict[str, str]:
        """Return what a log line tells of it."""
        return {"problem": self.name, "reason": self.reason.value}
