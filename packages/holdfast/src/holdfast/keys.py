"""Where things stand in Redis. One bucket is one hash tag, so one slot of a cluster."""

import base64
import hashlib
import hmac
from dataclasses import dataclass
from functools import lru_cache

from holdfast.token import Token

LAYOUT = 1
"""Of what stands in Redis: docs/session-contract.md. Services of one layout read each other."""

_SUFFIX_BYTES = 24


@dataclass(frozen=True, slots=True)
class Keys:
    """Key names under `prefix`. Tokens enter them only as HMACs under the pepper (192 bits kept).

    `previous_pepper` still finds the records made under it, which move to the new one when met.
    """

    prefix: str
    pepper: bytes
    previous_pepper: bytes | None = None

    def base(self, bucket: int) -> str:
        """Return the beginning of every key of a bucket."""
        return f"{self.prefix}:{{{bucket:02x}}}:"

    def suffix(self, token: Token) -> str:
        """Return the name of a token's record."""
        return _digest(self.pepper, token)

    def previous_suffix(self, token: Token) -> str:
        """Return the name under the previous pepper, or "" when there is none."""
        return _digest(self.previous_pepper, token) if self.previous_pepper else ""

    def opaque(self, name: str) -> str:
        """Return a name under which something may be counted without telling whose it is."""
        return _mac(self.pepper, name)

    def prints(self) -> tuple[str, str]:
        """Return what tells this pepper, and the previous one or "", without telling them."""
        previous = _mac(self.previous_pepper, "print") if self.previous_pepper else ""
        return _mac(self.pepper, "print"), previous

    def __repr__(self) -> str:
        return f"Keys(prefix={self.prefix!r})"


def _digest(pepper: bytes, token: Token) -> str:
    return _mac(pepper, token.text)


def _mac(pepper: bytes, text: str) -> str:
    # A copy saves the work on the key: half of an HMAC of something short.
    mac = _keyed(pepper).copy()
    mac.update(text.encode())
    return base64.urlsafe_b64encode(mac.digest()[:_SUFFIX_BYTES]).decode()


@lru_cache(4)
def _keyed(pepper: bytes) -> hmac.HMAC:
    return hmac.new(pepper, digestmod=hashlib.sha256)
