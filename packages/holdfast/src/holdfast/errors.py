"""Every way in which a session verb can fail.

HoldfastError
    MalformedToken          the text cannot be a token; no store was asked
    InvalidIntent           an intent breaks a rule that needs no store
    StoreError
        StoreUnavailable    no answer within the deadline; the outcome of a write is unknown
            StoreDenied     it turns us away: user, password or certificate
        StoreFull           the store refuses new data; what lives goes on
        StoreRejected       it does not serve this one call; others may go on
        NotConfirmed        done, but fewer replicas than asked for have it
        ForeignStore        it holds sessions of another layout or another pepper
    Refused                 the store answered, and applied nothing
        VersionConflict, WrongKind, QuotaExceeded, IdempotencyKeyReused
        TooManySessions, TooManyRotations, EpochChanged, TokenExists
        SessionEnded        only holdfast.flask and holdfast.asgi raise it
"""


class HoldfastError(Exception):
    """Root of the tree."""


class MalformedToken(HoldfastError):
    """The text cannot be a token. Raised before any store call."""


class InvalidIntent(HoldfastError):
    """An intent names no valid data name or value. Raised before any store call."""


class StoreError(HoldfastError):
    """The store could not serve the call."""


class StoreUnavailable(StoreError):
    """No usable answer within the deadline. Whether a write was applied is unknown."""


class StoreDenied(StoreUnavailable):
    """The store is there and turns us away: somebody has to mend a password or a certificate."""


class StoreFull(StoreError):
    """The store has no memory for new data. Nothing was applied."""


class StoreRejected(StoreError):
    """The store does not serve this call: a permission is missing, or a script is wrong.

    No outage: other verbs may well be served.
    """


class NotConfirmed(StoreError):
    """The session is over, but not on as many replicas as asked for in time.

    A fail-over now could bring it back. Asking again waits again.
    """

    def __init__(self, confirmed: int, wanted: int) -> None:
        super().__init__(f"{confirmed} of {wanted} replicas confirmed")
        self.confirmed, self.wanted = confirmed, wanted


class ForeignStore(StoreError):
    """The store's mark was made under another pepper ("pepper") or by a later layout ("layout")."""

    def __init__(self, what: str) -> None:
        super().__init__(f"the store holds sessions of another {what}")
        self.what = what


class Refused(HoldfastError):
    """The store answered and applied nothing."""


class VersionConflict(Refused):
    """A condition on a value's tag or on the session's version did not hold.

    `name` is the data name whose tag differed, or None for the session's version.
    """

    def __init__(self, name: str | None) -> None:
        super().__init__(f"not at the version expected: {name or 'session'}")
        self.name = name


class WrongKind(Refused):
    """An increment of what is no safe integer, or a list verb on what is no list."""

    def __init__(self, name: str) -> None:
        super().__init__(f"value of another kind: {name}")
        self.name = name


class QuotaExceeded(Refused):
    """A value, the session or the number of names would outgrow its limit.

    `what` is "value", "session" or "names".
    """

    def __init__(self, what: str) -> None:
        super().__init__(f"too large: {what}")
        self.what = what


class IdempotencyKeyReused(Refused):
    """The same idempotency key came with another body."""


class TooManySessions(Refused):
    """The user has as many sessions as allowed, and the policy is to refuse."""


class TooManyRotations(Refused):
    """One more rotation would forget an old token before its grace is over.

    The session and its tokens stay as they are. `retry_ms`: when to try again at the earliest.
    """

    def __init__(self, retry_ms: int) -> None:
        super().__init__(f"too many rotations: {retry_ms} ms until one may be forgotten")
        self.retry_ms = retry_ms


class EpochChanged(Refused):
    """All of the user's sessions were ended while the credentials were being checked."""


class TokenExists(Refused):
    """A new token was already in use: it was not made by Token.new."""


class SessionEnded(Refused):
    """The session ended while a request was about to write to it. `reason` says why it ended."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"the session is over: {reason}")
        self.reason = reason
