"""The settings of sessions, which every service must read alike."""

from functools import cached_property
from typing import Annotated

import msgspec

from holdfast import Keys, Lifetime, LimitPolicy
from holdfast.model import MOST_LIFETIME_MS
from holdfast.redis_url import check_url
from servicekit.secret import Secret

MOST_SECONDS = MOST_LIFETIME_MS // 1000
Seconds = Annotated[int, msgspec.Meta(ge=1, le=MOST_SECONDS)]
Count = Annotated[int, msgspec.Meta(ge=1, le=1_000_000_000)]

MOST_SESSIONS_PER_USER = 1_000
"""While one script goes through all sessions of a user, Redis serves nothing else."""

_MOST_TOUCH_MS = 30_000
_TOUCHES_A_LIFE = 60


class SessionSettings(msgspec.Struct, frozen=True, kw_only=True, dict=True):
    """HOLDFAST_* of sessions; seconds unless the name says ms. docs/configuration.md tells each."""

    redis_url: Annotated[str, msgspec.Meta(pattern=r"^(unix|rediss?(\+(sentinel|cluster))?)://")]
    pepper: Secret
    pepper_previous: Secret | None = None
    redis_prefix: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,32}$")] = "hf"
    idle_seconds: Seconds = 1_800
    absolute_seconds: Seconds = 43_200
    remember_idle_seconds: Seconds = 604_800
    remember_absolute_seconds: Seconds = 2_592_000
    anonymous_seconds: Seconds = 3_600
    anonymous_per_client: Count = 100
    touch_seconds: Annotated[int, msgspec.Meta(ge=0, le=MOST_SECONDS)] | None = None
    max_sessions_per_user: Annotated[int, msgspec.Meta(ge=1, le=MOST_SESSIONS_PER_USER)] = 10
    session_limit_policy: LimitPolicy = LimitPolicy.EVICT_OLDEST
    rotation_grace_seconds: Annotated[int, msgspec.Meta(ge=0, le=3_600)] = 10
    store_timeout_ms: Annotated[int, msgspec.Meta(ge=1, le=60_000)] = 250
    wait_replicas: Annotated[int, msgspec.Meta(ge=0, le=100)] = 0
    cookie_secure: bool = True
    allow_eviction: bool = False

    def __post_init__(self) -> None:
        """Raise ValueError for what no single type can tell."""
        try:
            check_url(self.redis_url)
        except ValueError as error:
            raise ValueError(f"HOLDFAST_REDIS_URL is malformed: {error}") from None
        if (self.touch_seconds or 0) >= self._least_idle_seconds:
            raise ValueError(
                "HOLDFAST_TOUCH_SECONDS is malformed: no idle deadline would ever move, "
                f"for the shortest idle time is {self._least_idle_seconds}"
            )

    @property
    def keys(self) -> Keys:
        """Name the keys of this deployment."""
        previous = self.pepper_previous
        return Keys(
            self.redis_prefix,
            self.pepper.reveal().encode(),
            previous.reveal().encode() if previous else None,
        )

    @cached_property
    def touch_ms(self) -> int:
        """How much an idle deadline must gain to be written."""
        if self.touch_seconds is not None:
            return self.touch_seconds * 1000
        return min(self._least_idle_seconds * 1000 // _TOUCHES_A_LIFE, _MOST_TOUCH_MS)

    @property
    def _least_idle_seconds(self) -> int:
        """The shortest idle time of all kinds of sessions: one touch interval is for all."""
        return min(self.idle_seconds, self.remember_idle_seconds, self.anonymous_seconds)

    def lifetime(self, *, remember: bool) -> Lifetime:
        """Tell how long a signed-in session lives."""
        if remember:
            return _lifetime(self.remember_idle_seconds, self.remember_absolute_seconds)
        return _lifetime(self.idle_seconds, self.absolute_seconds)

    @property
    def anonymous_lifetime(self) -> Lifetime:
        """Tell how long a session of nobody lives."""
        return _lifetime(self.anonymous_seconds, self.absolute_seconds)


def _lifetime(idle_seconds: int, absolute_seconds: int) -> Lifetime:
    return Lifetime(idle_seconds * 1000, absolute_seconds * 1000)
