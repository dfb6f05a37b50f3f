"""An application's configuration, as far as it is about sessions."""

import hashlib
import hmac
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.flask.outage import ToldStore
from holdfast.keys import Keys
from holdfast.model import MOST_LIFETIME_MS, Lifetime
from holdfast.redis_store import RedisStore
from holdfast.redis_url import check_url
from holdfast.web.codec import Codec
from holdfast.web.policy import Policy

_LOCAL_REDIS = "redis://127.0.0.1:6379"
_PREFIX = re.compile(r"[A-Za-z0-9_.-]{1,32}")
_DAY_MS = 86_400_000
_ABSOLUTE_MS = 90 * _DAY_MS
FLASHES = "_flashes"


class ConfigError(HoldfastError):
    """The application's configuration cannot be meant. The message names the setting."""


def policy_of(config: Mapping[str, Any], codec: Codec, *, behind_gateway: bool) -> Policy:
    """Read what holds for all sessions. Raises ConfigError."""
    idle_ms = _idle_ms(config["PERMANENT_SESSION_LIFETIME"])
    absolute_s = _number(config, "HOLDFAST_ABSOLUTE_SECONDS", max(idle_ms, _ABSOLUTE_MS) // 1000)
    return Policy(
        Lifetime(idle_ms, absolute_s * 1000),
        touch_ms=_touch_ms(config.get("HOLDFAST_TOUCH_SECONDS"), idle_ms),
        permanent=not behind_gateway and bool(config.get("SESSION_PERMANENT", True)),
        behind_gateway=behind_gateway,
        codec=codec,
        bags=frozenset({FLASHES}),
    )


def _idle_ms(lifetime: timedelta | float) -> int:
    try:
        idle = lifetime if isinstance(lifetime, timedelta) else timedelta(seconds=lifetime)
    except (TypeError, ValueError, OverflowError):
        idle = timedelta(0)
    idle_ms = int(idle.total_seconds() * 1000)
    if not 0 < idle_ms <= MOST_LIFETIME_MS:
        raise ConfigError("PERMANENT_SESSION_LIFETIME must be positive, and ten years at most")
    return idle_ms


def _touch_ms(seconds: float | None, idle_ms: int) -> int | None:
    if seconds is None:
        return None
    if not isinstance(seconds, int | float) or not 0 <= seconds * 1000 < idle_ms:
        raise ConfigError(
            "HOLDFAST_TOUCH_SECONDS must be a number, 0 or more, below PERMANENT_SESSION_LIFETIME"
        )
    return int(seconds * 1000)


def store_of(config: Mapping[str, Any]) -> RedisStore:
    """Make the store that the configuration names; it connects at the first call. ConfigError."""
    kind = config.get("SESSION_TYPE") or "redis"
    if kind != "redis":
        raise ConfigError(f"SESSION_TYPE is {kind!r}: Holdfast keeps sessions in Redis")
    server = config.get("SESSION_REDIS") or _LOCAL_REDIS
    timeout_ms = _number(config, "HOLDFAST_STORE_TIMEOUT_MS", 250, 60_000)
    try:
        if isinstance(server, str):
            check_url(server)
        return ToldStore(server, _keys(config), timeout_s=timeout_ms / 1000)
    except (TypeError, ValueError) as error:
        raise ConfigError(f"SESSION_REDIS: {error}") from None


def _keys(config: Mapping[str, Any]) -> Keys:
    prefix = str(config.get("SESSION_KEY_PREFIX") or "hf").rstrip(":")
    if not _PREFIX.fullmatch(prefix):
        raise ConfigError("SESSION_KEY_PREFIX must be 1-32 of A-Z a-z 0-9 _ . -")
    pepper = config.get("HOLDFAST_PEPPER")
    if pepper:
        previous = config.get("HOLDFAST_PEPPER_PREVIOUS")
        return Keys(prefix, _bytes(pepper), _bytes(previous) if previous else None)
    secret, older = config.get("SECRET_KEY"), config.get("SECRET_KEY_FALLBACKS") or []
    if not secret:
        raise ConfigError(
            "set HOLDFAST_PEPPER, or SECRET_KEY: without one, whoever reads Redis has the sessions"
        )
    return Keys(prefix, _derived(secret), _derived(older[0]) if older else None)


def _derived(secret: str | bytes) -> bytes:
    """Make a pepper of Flask's secret, so that neither serves for the other."""
    return hmac.digest(_bytes(secret), b"holdfast session pepper", hashlib.sha256)


def _bytes(text: str | bytes) -> bytes:
    return text.encode() if isinstance(text, str) else text


def _number(
    config: Mapping[str, Any], name: str, default: int, most: int = MOST_LIFETIME_MS // 1000
) -> int:
    value = config.get(name, default)
    if not isinstance(value, int) or isinstance(value, bool) or not 0 < value <= most:
        raise ConfigError(f"{name} must be a positive whole number, {most} at most")
    return value
