"""Tokens: the secret that a cookie carries, and the buckets they lead to."""

import base64
import hashlib
import hmac
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
    """Return a bucket, 0-255."""
    return secrets.randbelow(256)


def _anonymous_bucket(raw: bytes) -> int:
    return hashlib.sha256(raw).digest()[0]


@dataclass(frozen=True, slots=True)
class Token:
    """A session's secret: 32 random bytes and one bucket byte, in URL-safe base64 (44 characters).

    256 bits from the system's CSPRNG (ASVS 5.0, 7.2.3). Its text never appears in a repr.
    The bucket of an anonymous session is the first byte of the random bytes' SHA-256; a user's
    token never has that bucket. So a token says whether its session was anonymous even when
    nothing is left of the session (docs/decisions/0013).
    """

    text: str

    @classmethod
    def new(cls, bucket: int) -> "Token":
        """Make a token that leads to `bucket`, 0-255, and is not an anonymous session's."""
        raw = secrets.token_bytes(_RANDOM_BYTES)
        while _anonymous_bucket(raw) == bucket:
            raw = secrets.token_bytes(_RANDOM_BYTES)
        return cls._of(raw, bucket)

    @classmethod
    def derived(cls, key: bytes, name: bytes, bucket: int) -> "Token":
        """Make the one token of a user's session that `key` gives to `name`, by HMAC-SHA-256.

        For requests that come twice at once and must get one answer. `key` is secret, and `name`
        holds at least 256 bits from a CSPRNG that only the client has, besides this server
        (NIST SP 800-108, 4.1; ASVS 5.0, 7.2.3).
        """
        raw = hmac.digest(key, name, hashlib.sha256)
        while _anonymous_bucket(raw) == bucket:
            raw = hmac.digest(key, raw, hashlib.sha256)
        return cls._of(raw, bucket)

    @classmethod
    def anonymous(cls) -> "Token":
        """Make a token for an anonymous session."""
        raw = secrets.token_bytes(_RANDOM_BYTES)
        return cls._of(raw, _anonymous_bucket(raw))

    def renewed(self) -> "Token":
        """Make another token for the same session: same bucket, anonymous or not as this one."""
        if not self.is_anonymous:
            return Token.new(self.bucket)
        raw = secrets.token_bytes(_RANDOM_BYTES)
        while _anonymous_bucket(raw) != self.bucket:  # one of 256 will do: about 0.3 ms
            raw = secrets.token_bytes(_RANDOM_BYTES)
        return Token._of(raw, self.bucket)

    @classmethod
    def _of(cls, raw: bytes, bucket: int) -> "Token":
        return cls(base64.urlsafe_b64encode(raw + bytes([bucket])).decode())

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

    @property
    def is_anonymous(self) -> bool:
        """Whether the token was made for an anonymous session."""
        *raw, bucket = base64.urlsafe_b64decode(self.text)
        return bucket == _anonymous_bucket(bytes(raw))

    def __repr__(self) -> str:
        return "Token(***)"


def new_public_id() -> str:
    """Make the id that names a session in lists and opens nothing (96 random bits)."""
    return "s_" + secrets.token_urlsafe(12)
