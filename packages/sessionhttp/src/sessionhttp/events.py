"""Problems that are security events, told by the names of OWASP's Logging Vocabulary."""

from holdfast import Reason
from servicekit.logs import security
from servicekit.problems import Problem
from sessionhttp.problems import SessionOver

_EVENTS = {
    "forbidden": "authz_fail",
    "cross-site": "malicious_csrf",
    # Also what a person sends who left a page open: not by itself an attack.
    "token-invalid": "input_validation_fail",
    "too-many-attempts": "excess_rate_limit_exceeded",
}
_TIMEOUTS = (Reason.IDLE_TIMEOUT, Reason.ABSOLUTE_TIMEOUT)


def tell(problem: Problem, **who: str | None) -> None:
    """Log the event that a problem is, if it is one. `who`: ip, user and session, if known.

    A token that nobody was given is no event of its own: its request line tells it.
    """
    if isinstance(problem, SessionOver):
        if problem.reason in (Reason.UNKNOWN, Reason.CORRUPT):
            return
        late = problem.reason in _TIMEOUTS
        name = "session_expired" if late else "session_use_after_expire"
        security(name, reason=problem.reason.value, **who)
    elif problem.name in _EVENTS:
        security(_EVENTS[problem.name], **who)
