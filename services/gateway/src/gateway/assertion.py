"""X-Auth-Assertion: a short-lived JWT by which a service knows that a request came through us.

ES256 (RFC 7518, 3.4); the keys that verify it are at /.well-known/jwks.json (RFC 7517). One is
made for every request after the session was found alive, never kept: a kept one would outlive a
logout by more than its own seconds.
"""

import base64
import hashlib
import time
from pathlib import Path
from typing import Any

import jwt
import msgspec
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.algorithms import ECAlgorithm

from holdfast import Session

HEADER = b"x-auth-assertion"
ISSUER = "holdfast"
# Long enough for a hop and for clocks that are some seconds apart.
LIFE_SECONDS = 30


class KeyFileError(Exception):
    """A key file cannot be used; the message is one line that says why."""


class Signer:
    """Signs with one key, and publishes the others, so that a key can be changed (kid tells)."""

    def __init__(self, key_file: str, other_key_files: tuple[str, ...] = ()) -> None:
        """Read the keys. Raises KeyFileError."""
        self._key = _read(key_file)
        public = [_public_jwk(key) for key in (self._key, *map(_read, other_key_files))]
        self._kid: str = public[0]["kid"]
        self.jwks = msgspec.json.encode({"keys": public})

    def sign(self, session: Session, audience: str) -> str:
        """Return the assertion of a session that was just found alive, for one service."""
        now = int(time.time())
        claims: dict[str, Any] = {
            "iss": ISSUER,
            "aud": audience,
            "sub": session.user.name if session.user else "",
            "roles": list(session.user.roles) if session.user else [],
            "sid": session.id,
            "iat": now,
            "exp": now + LIFE_SECONDS,
        }
        return jwt.encode(claims, self._key, "ES256", headers={"kid": self._kid})


def _read(path: str) -> EllipticCurvePrivateKey:
    try:
        key = load_pem_private_key(Path(path).read_bytes(), None)
    except OSError as error:
        raise KeyFileError(f"{path}: {error.strerror}") from None
    except (ValueError, TypeError):
        raise KeyFileError(f"{path}: no private key in PEM without a passphrase") from None
    if not isinstance(key, EllipticCurvePrivateKey) or not isinstance(key.curve, SECP256R1):
        raise KeyFileError(f"{path}: no P-256 key")
    return key


def _public_jwk(key: EllipticCurvePrivateKey) -> dict[str, Any]:
    """Return the public half, named by its thumbprint (RFC 7638)."""
    jwk = ECAlgorithm.to_jwk(key.public_key(), as_dict=True)
    members = {name: jwk[name] for name in ("crv", "kty", "x", "y")}
    digest = hashlib.sha256(msgspec.json.encode(members)).digest()
    kid = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    return {**members, "kid": kid, "use": "sig", "alg": "ES256"}
