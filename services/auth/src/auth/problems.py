"""Identity errors as problems: the one place that gives them a status."""

from auth import errors
from auth.http import cookies
from holdfast import HoldfastError
from servicekit.problems import Problem
from sessionhttp import problems as session_problems

_NAMES: dict[type[errors.AuthError], str] = {
    errors.UsernameTaken: "username-taken",
    errors.BadCredentials: "bad-credentials",
    errors.NoSuchAccount: "no-such-data",
    errors.AccountsUnavailable: "accounts-unavailable",
    errors.Busy: "auth-unavailable",
    errors.TooManyAttempts: "too-many-attempts",
}
_DETAILS: dict[type[errors.AuthError], str] = {errors.NoSuchAccount: "No account has this name."}

REASONS = {
    "too-short": "The password is too short.",
    "not-utf-8": "The password is not UTF-8.",
    "too-long": "The password is too long: at most 1,024 bytes.",
    "blocklisted": "The password is too easily guessed.",
    "contains-username": "The password is little more than the user name.",
}

_OTHERS_MAY_LIVE = (
    "Your password is changed. Whether your other devices are signed out is not sure: sign them "
    "out from your account."
)


def of_error(error: errors.AuthError) -> Problem:
    """Return the problem that tells this error to an HTTP client."""
    match error:
        case errors.PasswordRejected():
            return Problem("password-rejected", REASONS[error.reason], reason=error.reason)
        case errors.TooManyAttempts() | errors.Busy():
            headers = {"retry-after": str(error.wait_seconds)}
            return Problem(_NAMES[type(error)], headers=headers)
        case errors.SessionGone():
            return session_problems.SessionOver(error.ended)
        case errors.OthersMayLive():
            cookie = {"set-cookie": cookies().set(error.token, error.session)}
            return Problem("session-store-unavailable", _OTHERS_MAY_LIVE, headers=cookie)
        case errors.InvalidRole() | errors.InvalidUsername():
            place = "/roles" if isinstance(error, errors.InvalidRole) else "/username"
            fault = {"detail": str(error), "pointer": place}
            return Problem("invalid-request", str(error), errors=[fault])
        case _:
            return Problem(_NAMES.get(type(error), "internal"), _DETAILS.get(type(error), ""))


def of_any(error: Exception) -> Problem:
    """Return the problem that tells any error we name."""
    match error:
        case Problem():
            return error
        case errors.AuthError():
            return of_error(error)
        case HoldfastError():
            return session_problems.of_error(error)
        case _:
            return Problem("internal")
