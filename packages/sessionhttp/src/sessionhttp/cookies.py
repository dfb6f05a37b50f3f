"""The session cookie: set and cleared with the same attributes (RFC 6265bis, ASVS 5.0 3.3)."""

from collections.abc import Iterable
from dataclasses import dataclass

from holdfast import Session, Token
from holdfast.errors import MalformedToken


@dataclass(frozen=True, slots=True)
class CookiePolicy:
    """The cookie's name and attributes. `secure` brings the `__Host-` prefix (RFC 6265bis)."""

    secure: bool

    @property
    def name(self) -> str:
        """The cookie's exact name."""
        return "__Host-holdfast" if self.secure else "holdfast"

    @property
    def _attributes(self) -> str:
        return "; Path=/" + ("; Secure" if self.secure else "") + "; HttpOnly; SameSite=Lax"

    def read(self, headers: Iterable[str]) -> Token | None:
        """Return the token in Cookie fields, None where there is none. Raises MalformedToken.

        Two different values under the name are malformed: one of them was tossed in.
        """
        found = {
            value
            for header in headers
            for name, _, value in (pair.strip().partition("=") for pair in header.split(";"))
            if name == self.name
        }
        if not found:
            return None
        if len(found) > 1:
            raise MalformedToken
        return Token.parse(found.pop())

    def set(self, token: Token, session: Session) -> str:
        """Return the Set-Cookie value; with `remember` it lasts to the absolute deadline."""
        age = (session.absolute_expires_ms - session.now_ms) // 1000
        kept = f"; Max-Age={age}" if session.remember else ""
        return f"{self.name}={token.text}{kept}{self._attributes}"

    def clear(self) -> str:
        """Return the Set-Cookie value that removes it."""
        return f"{self.name}=; Max-Age=0{self._attributes}"

    def strip(self, header: bytes) -> bytes:
        """Return a Cookie field without our cookie; the others byte for byte, empty if none."""
        ours = self.name.encode()
        pairs = header.split(b";")
        kept = [pair for pair in pairs if pair.strip().partition(b"=")[0] != ours]
        return header if len(kept) == len(pairs) else b";".join(kept).strip()
