"""The session cookie: set and cleared with the same attributes (RFC 6265bis, ASVS 5.0 3.3)."""

from holdfast import Session, Token
from holdfast.web import cookie_header
from holdfast.web.cookie import Cookie
from holdfast.web.visit import NewCookie

SESSION_COOKIE, FORM_COOKIE = "holdfast", "holdfast-form"
RESERVED = cookie_header.lookalikes(SESSION_COOKIE, FORM_COOKIE)
"""Matches the start of each pair that some parser could read as a cookie of the gateway or auth."""


class CookiePolicy:
    """The cookie's name and attributes. `secure` brings the `__Host-` prefix (RFC 6265bis)."""

    __slots__ = ("_cookie", "form_name", "name", "secure")

    def __init__(self, secure: bool) -> None:
        prefix = "__Host-" if secure else ""
        self.secure, self.name = secure, prefix + SESSION_COOKIE
        self.form_name = prefix + FORM_COOKIE
        self._cookie = Cookie(self.name, secure)

    def read(self, field: bytes) -> Token | None:
        """Return the token in a Cookie field, None where there is none. Raises MalformedToken."""
        return cookie_header.token_of(self._cookie.read(field))

    def read_all(self, field: bytes) -> list[Token]:
        """Return each different token in a Cookie field: the sessions that a sign-out ends."""
        return cookie_header.tokens_of(self._cookie.read(field))

    def read_form(self, field: bytes) -> str | None:
        """Return the value of the forms' own cookie, None where there is not exactly one."""
        found = set(cookie_header.values_of(self.form_name, field))
        return found.pop() if len(found) == 1 else None

    def set(self, token: Token, session: Session) -> str:
        """Return the Set-Cookie value; with `remember` it lasts to the absolute deadline."""
        age = (session.absolute_expires_ms - session.now_ms) // 1000
        return self._cookie.write(NewCookie(token.text, age if session.remember else None))

    def clear(self) -> str:
        """Return the Set-Cookie value that removes it."""
        return self._cookie.write(NewCookie())

    @staticmethod
    def strip(field: bytes) -> bytes:
        """Return a Cookie field without our cookies; the others byte for byte, empty if none."""
        return cookie_header.without(RESERVED, field)
