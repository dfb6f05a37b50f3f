"""The session cookie, for frameworks that leave it to us (RFC 6265bis, ASVS 5.0 3.3)."""

from dataclasses import dataclass
from typing import Literal

from holdfast.web.cookie_header import values_of
from holdfast.web.visit import NewCookie


@dataclass(frozen=True, slots=True)
class Cookie:
    """The cookie's name and attributes. A name with `__Host-` needs `secure` and no `domain`.

    Raises ValueError for attributes with which browsers drop the cookie.
    """

    name: str = "__Host-session"
    secure: bool = True
    same_site: Literal["lax", "strict", "none"] = "lax"
    domain: str | None = None
    path: str = "/"

    def __post_init__(self) -> None:
        bound_to_host = self.secure and self.domain is None and self.path == "/"
        if self.name.startswith("__Host-") and not bound_to_host:
            raise ValueError("a cookie named __Host-... is secure, without domain, at path /")
        if self.name.startswith("__Secure-") and not self.secure:
            raise ValueError("a cookie named __Secure-... is secure")
        if self.same_site == "none" and not self.secure:
            raise ValueError("a cookie with SameSite=None is secure")

    def read(self, field: bytes) -> list[str]:
        """Return all values under the name in a Cookie field, in order."""
        return values_of(self.name, field)

    def write(self, cookie: NewCookie) -> str:
        """Return the Set-Cookie value; it is cleared with the attributes it was set with."""
        age = cookie.max_age_s if cookie.token else 0
        parts = [f"{self.name}={cookie.token}"]
        parts += [] if age is None else [f"Max-Age={age}"]
        parts += [] if self.domain is None else [f"Domain={self.domain}"]
        parts += [f"Path={self.path}", *(["Secure"] if self.secure else []), "HttpOnly"]
        return "; ".join([*parts, f"SameSite={self.same_site.capitalize()}"])
