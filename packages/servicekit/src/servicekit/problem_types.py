"""The kinds of problems: which status each has, and what it means to whoever meets it."""

from dataclasses import dataclass
from http import HTTPStatus


@dataclass(frozen=True, slots=True)
class ProblemType:
    """One kind. `title` is the same at every occurrence (RFC 9457, 3.1.3)."""

    status: HTTPStatus
    title: str
    meaning: str


_S = HTTPStatus
TYPES: dict[str, ProblemType] = {
    "no-session": ProblemType(
        _S.UNAUTHORIZED,
        "There is no session",
        "The request carried no session cookie, or one of a visitor where somebody signed in is "
        "asked for. Sign in and try again.",
    ),
    "session-ended": ProblemType(
        _S.UNAUTHORIZED,
        "The session is over",
        "The cookie names a session that is over, or none that was ever given out. The member "
        "`reason` tells why: logged-out, idle-timeout, absolute-timeout, revoked, "
        "revoked-by-admin, evicted-by-limit, password-changed, roles-changed, rotated, "
        "token-reuse, account-disabled or unknown. Sign in again.",
    ),
    "bad-credentials": ProblemType(
        _S.FORBIDDEN,
        "Wrong user name or password",
        "User name and password do not belong together, or the account may not sign in. Which of "
        "these it is, is not told.",
    ),
    "forbidden": ProblemType(
        _S.FORBIDDEN, "Not allowed", "You are signed in, but lack the role that this place asks."
    ),
    "cross-site": ProblemType(
        _S.FORBIDDEN,
        "Refused: the request comes from another site",
        "A browser sent a changing request from a page of another origin, or a form without a "
        "token. Load the page again and repeat it there.",
    ),
    "no-such-data": ProblemType(
        _S.NOT_FOUND, "The session has no such data", "Nothing is kept under this name."
    ),
    "no-such-session": ProblemType(
        _S.NOT_FOUND, "You have no such session", "None of your live sessions has this id."
    ),
    "no-route": ProblemType(
        _S.NOT_FOUND, "Nothing is here", "No path of ours and no route of the gateway matches."
    ),
    "bad-request": ProblemType(
        _S.BAD_REQUEST,
        "The request is malformed",
        "Target, header fields or body cannot be read, or could be read in two ways.",
    ),
    "method-not-allowed": ProblemType(
        _S.METHOD_NOT_ALLOWED, "Not with this method", "The field Allow lists the methods."
    ),
    "username-taken": ProblemType(
        _S.CONFLICT,
        "The user name is taken",
        "An account has this name, or one that looks like it. Choose another; upper and lower case "
        "are the same.",
    ),
    "too-many-sessions": ProblemType(
        _S.CONFLICT,
        "Too many sessions",
        "You are signed in on as many devices as allowed. End one of those sessions first.",
    ),
    "version-conflict": ProblemType(
        _S.PRECONDITION_FAILED,
        "The value has changed meanwhile",
        "The condition of the request (If-Match, If-None-Match, if_match) no longer holds, so "
        "nothing was changed. Read again, and repeat with the new tag.",
    ),
    "session-too-large": ProblemType(
        _S.REQUEST_ENTITY_TOO_LARGE,
        "The session would grow too large",
        "A value, all values together, or the number of names passes its limit; the member `limit` "
        "tells which. Nothing was changed.",
    ),
    "body-too-large": ProblemType(
        _S.REQUEST_ENTITY_TOO_LARGE,
        "The body is too large",
        "The request's body is larger than this place takes.",
    ),
    "unsupported-media-type": ProblemType(
        _S.UNSUPPORTED_MEDIA_TYPE,
        "Not this media type",
        "Send the body as application/json, and without a content coding (Content-Encoding).",
    ),
    "invalid-request": ProblemType(
        _S.UNPROCESSABLE_ENTITY,
        "The request is not valid",
        "The body can be read, but says something that is not taken here; `errors` points at it.",
    ),
    "wrong-kind": ProblemType(
        _S.UNPROCESSABLE_ENTITY,
        "The value is of another kind",
        "increment wants an integer within 2^53 - 1 of zero; append, add and remove want a list. "
        "Nothing was changed.",
    ),
    "idempotency-key-reused": ProblemType(
        _S.UNPROCESSABLE_ENTITY,
        "The key came with another body",
        "An Idempotency-Key names one write. Take a new key for another one.",
    ),
    "token-invalid": ProblemType(
        _S.UNPROCESSABLE_ENTITY,
        "The form or link has expired",
        "The token of a form belongs to another session or another browser, or to a session that "
        "was renewed since. Nothing was done. Load the page again and repeat it there.",
    ),
    "password-rejected": ProblemType(
        _S.UNPROCESSABLE_ENTITY,
        "The password is not accepted",
        "The member `reason` tells why: too-short, too-long, blocklisted or contains-username.",
    ),
    "too-many-attempts": ProblemType(
        _S.TOO_MANY_REQUESTS,
        "Too many attempts",
        "Try again after the seconds that Retry-After tells.",
    ),
    "upstream-unreachable": ProblemType(
        _S.BAD_GATEWAY,
        "The service behind is unreachable",
        "The service of this route did not take the request or broke off its answer. The member "
        "`cause` says what happened, in a word that stays the same.",
    ),
    "session-store-unavailable": ProblemType(
        _S.SERVICE_UNAVAILABLE,
        "Sessions are out of reach",
        "Nobody was logged out. Keep the cookie and try again after Retry-After seconds. Whether "
        "a write that got this answer was done is unknown.",
    ),
    "session-store-full": ProblemType(
        _S.SERVICE_UNAVAILABLE,
        "No room for new session data",
        "Live sessions go on and can be ended; nothing new can be kept at the moment.",
    ),
    "accounts-unavailable": ProblemType(
        _S.SERVICE_UNAVAILABLE,
        "Accounts are out of reach",
        "Signing in and registering are not possible at the moment; live sessions go on.",
    ),
    "auth-unavailable": ProblemType(
        _S.SERVICE_UNAVAILABLE,
        "Sign-in is out of reach",
        "The service that signs people in does not answer or is busy; live sessions go on.",
    ),
    "upstream-timeout": ProblemType(
        _S.GATEWAY_TIMEOUT,
        "The service behind did not answer in time",
        "Whether the service did what was asked is unknown. The member `cause` says whether it "
        "took the connection.",
    ),
    "loop-detected": ProblemType(
        _S.LOOP_DETECTED,
        "The request goes in a circle",
        "It has come through this gateway several times: a route leads back to it.",
    ),
    "internal": ProblemType(
        _S.INTERNAL_SERVER_ERROR,
        "Something went wrong here",
        "A fault of ours. The request id finds it in the logs.",
    ),
}
