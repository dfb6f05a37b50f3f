"""How an identity call can fail. HTTP is decided in auth.problems."""

from holdfast import Ended, Session, Token
from servicekit import retry


class AuthError(Exception):
    """Root of the tree."""


class InvalidUsername(AuthError):
    """The text cannot be a user name."""


class InvalidRole(AuthError):
    """The text cannot be a role."""


class UsernameTaken(AuthError):
    """An account has this name, however it is written, or one that looks like it."""


class PasswordRejected(AuthError):
    """A new password is not accepted; `reason` says why, in a word of auth.password_rules."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class BadCredentials(AuthError):
    """Unknown user, wrong password or disabled account: never told apart."""


class TooManyAttempts(AuthError):
    """Too many failures; try again in `wait_seconds`."""

    def __init__(self, wait_seconds: int) -> None:
        super().__init__(f"wait {wait_seconds} s")
        self.wait_seconds = wait_seconds


class SessionGone(AuthError):
    """The caller's own session was ended meanwhile; nothing was done. `ended` says why."""

    def __init__(self, ended: Ended) -> None:
        super().__init__(ended.reason)
        self.ended = ended


class OthersMayLive(AuthError):
    """The password is changed, and it is not sure that all other sessions are over.

    `token` is the new one of the caller's `session`.
    """

    def __init__(self, token: Token, session: Session) -> None:
        super().__init__("other sessions may live")
        self.token, self.session = token, session


class NoSuchAccount(AuthError):
    """No account has this name."""


class AccountsUnavailable(AuthError):
    """The account database did not answer."""


class Busy(AuthError):
    """All hashing slots are taken; nothing was checked. Try again in `wait_seconds`."""

    def __init__(self) -> None:
        super().__init__("no place to hash")
        self.wait_seconds = retry.scattered_seconds()
