"""Tokens: the secret that a cookie carries, and the buckets they lead to."""

import base64
import hashlib
import re
import secrets
from dataclasses import dataclass

from holdfast.errors import MalformedToken

_SHAPE = re.compile(r"[A-Za-z0-9_-]{44}", re.ASCII)
_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_RANDOM_BYTES = 32


def bucket_of_user(user_id: str) -> int:
    """Return the bucket, 0-255, in which everything about this user lives."""
    return hashlib.sha256(user_id.encode()).digest()[0]


def random_bucket() -> int:
    """Return a bucket, 0-255, for an anonymous session."""
    return secrets.randbelow(256)


@dataclass(frozen=True, slots=True)
class Token:
    """A session's secret: 32 random bytes and one bucket byte, in URL-safe base64 (44 characters).

    256 bits from the system's CSPRNG (ASVS 5.0, 7.2.3). Its text never appears in a repr.
    """

    text: str

    @classmethod
    def new(cls, bucket: int) -> "Token":
        """Make a token that leads to `bucket`, 0-255."""
        raw = secrets.token_bytes(_RANDOM_BYTES) + bytes([bucket])
        return cls(base64.urlsafe_b64encode(raw).decode())

    @classmethod
    def parse(cls, text: str) -> "Token":
        """Take a token from outside. Raises MalformedToken."""
        if not _SHAPE.fullmatch(text):
            raise MalformedToken
        return cls(text)

    @property
    def bucket(self) -> int:
        """The last byte: which hash tag holds the session. A character of base64 has 6 bits."""
        return (_BASE64.index(self.text[-2]) & 0b11) << 6 | _BASE64.index(self.text[-1])

    def __repr__(self) -> str:
        return "Token(***)"


def new_public_id() -> str:
    """Make the id that names a session in lists and opens nothing (96 random bits)."""
    return "s_" + secrets.token_urlsafe(12)
