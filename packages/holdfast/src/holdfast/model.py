"""What the verbs take and return. All times are Unix milliseconds on the store's own clock."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

MOST_LIFETIME_MS = 315_360_000_000
"""Ten years: what a lifetime may be. Dates far beyond have no form in ISO 8601."""


class Reason(StrEnum):
    """Why a session is over."""

    LOGGED_OUT = "logged-out"
    IDLE_TIMEOUT = "idle-timeout"
    ABSOLUTE_TIMEOUT = "absolute-timeout"
    REVOKED = "revoked"
    REVOKED_BY_ADMIN = "revoked-by-admin"
    EVICTED_BY_LIMIT = "evicted-by-limit"
    PASSWORD_CHANGED = "password-changed"  # noqa: S105 - a reason, no password
    ROLES_CHANGED = "roles-changed"
    ROTATED = "rotated"
    TOKEN_REUSE = "token-reuse"  # noqa: S105 - a reason, no token
    ACCOUNT_DISABLED = "account-disabled"
    CORRUPT = "corrupt"  # The record does not decode. Told to operators; to clients it is unknown.
    UNKNOWN = "unknown"


class LimitPolicy(StrEnum):
    """What a login beyond the per-user limit does."""

    EVICT_OLDEST = "evict-oldest"
    REFUSE = "refuse"


@dataclass(frozen=True, slots=True)
class User:
    """Who a session belongs to. `id` is the account's random internal id; it stays inside."""

    id: str
    name: str
    roles: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lifetime:
    """How long a session lives: idle and absolute, in milliseconds."""

    idle_ms: int
    absolute_ms: int


@dataclass(frozen=True, slots=True)
class Client:
    """From where a session began: address, and the device as "browser, system" in <= 64 bytes."""

    ip: str = ""
    device: str = ""


@dataclass(frozen=True, slots=True)
class Session:
    """A live session as it was at `now_ms`.

    `data` maps names to JSON texts, byte for byte as written; it is None when only the meta
    fields were asked for. `version` counts the commits. `idle_ms` is the idle window.
    `evicted` is how many of the user's sessions its beginning ended; only `create` tells it.
    """

    id: str
    user: User | None
    created_ms: int
    authenticated_ms: int
    last_seen_ms: int
    idle_expires_ms: int
    absolute_expires_ms: int
    idle_ms: int
    remember: bool
    client: Client
    version: int
    now_ms: int
    data: Mapping[str, bytes] | None = None
    evicted: int = 0


@dataclass(frozen=True, slots=True)
class Rotated:
    """A session after `rotate`. `installed`: the new token opens it; if not, a newer one does."""

    session: Session
    installed: bool = True


@dataclass(frozen=True, slots=True)
class Ended:
    """There is no live session, and why. `ended_ms` is 0 when nothing is known."""

    reason: Reason
    ended_ms: int = 0


@dataclass(frozen=True, slots=True)
class Committed:
    """A commit was applied: the new version and the new value of each name (None: deleted).

    `repeated` tells that this is the first answer given again for its idempotency key.
    `session_id` (the public id) and `user_name` are for logs; a store may leave them out.
    """

    version: int
    values: Mapping[str, bytes | None] = field(default_factory=dict)
    repeated: bool = False
    session_id: str = field(default="", compare=False)
    user_name: str | None = field(default=None, compare=False)


@dataclass(frozen=True, slots=True)
class Limits:
    """Quotas of a session's data, in bytes and names."""

    value_bytes: int = 16 * 1024
    session_bytes: int = 64 * 1024
    names: int = 100
