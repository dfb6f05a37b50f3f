"""The session cookie: set and cleared with the same attributes (RFC 6265bis, ASVS 5.0 3.3)."""

from collections.abc import Iterable

from holdfast import Session, Token
from holdfast.errors import MalformedToken
from holdfast.web.cookie import Cookie
from holdfast.web.visit import NewCookie


class CookiePolicy:
    """The cookie's name and attributes. `secure` brings the `__Host-` prefix (RFC 6265bis)."""

    __slots__ = ("_cookie", "name", "secure")

    def __init__(self, secure: bool) -> None:
        self.secure, self.name = secure, "__Host-holdfast" if secure else "holdfast"
        self._cookie = Cookie(self.name, secure)

    def read(self, headers: Iterable[str]) -> Token | None:
        """Return the token in Cookie fields, None where there is none. Raises MalformedToken.

        Two different values under the name are malformed: one of them was tossed in.
        """
        found = self._cookie.read(headers)
        if not found:
            return None
        if len(found) > 1 and len(set(found)) > 1:
            raise MalformedToken
        return Token.parse(found[0])

    def set(self, token: Token, session: Session) -> str:
        """Return the Set-Cookie value; with `remember` it lasts to the absolute deadline."""
        age = (session.absolute_expires_ms - session.now_ms) // 1000
        return self._cookie.write(NewCookie(token.text, age if session.remember else None))

    def clear(self) -> str:
        """Return the Set-Cookie value that removes it."""
        return self._cookie.write(NewCookie())

    def strip(self, header: bytes) -> bytes:
        """Return a Cookie field without our cookie; the others byte for byte, empty if none."""
        ours = self.name.encode()
        pairs = header.split(b";")
        kept = [pair for pair in pairs if pair.strip().partition(b"=")[0] != ours]
        return header if len(kept) == len(pairs) else b";".join(kept).strip()
