"""What holds for all sessions of one web application."""

from dataclasses import dataclass, field

from holdfast.model import MOST_LIFETIME_MS, Lifetime, LimitPolicy, Limits
from holdfast.web.codec import Codec

_MOST_TOUCH_MS, _TOUCHES_A_LIFE = 30_000, 60


@dataclass(frozen=True, slots=True)
class Policy:
    """Lifetime, limits and kinds of values of an application's sessions.

    `permanent`: the cookie outlives the browser unless a session says otherwise. `behind_gateway`:
    the Holdfast gateway in front signs people in and out; the application only shares the data.
    `touch_ms` is how much an idle deadline must gain to be written (None: idle/60, at most 30 s).
    `bags` are names of lists whose elements come and go one by one.
    """

    lifetime: Lifetime = field(default_factory=lambda: Lifetime(1_800_000, 43_200_000))
    limits: Limits = field(default_factory=Limits)
    permanent: bool = False
    behind_gateway: bool = False
    max_sessions: int = 10
    limit_policy: LimitPolicy = LimitPolicy.EVICT_OLDEST
    touch_ms: int | None = None
    codec: Codec = field(default_factory=Codec)
    bags: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raise ValueError for times that no store can keep."""
        idle_ms, absolute_ms = self.lifetime.idle_ms, self.lifetime.absolute_ms
        if not (0 < idle_ms <= MOST_LIFETIME_MS and 0 < absolute_ms <= MOST_LIFETIME_MS):
            raise ValueError("a lifetime must be positive, and ten years at most")
        if self.touch_ms is not None and not 0 <= self.touch_ms < idle_ms:
            raise ValueError("touch_ms must be 0 or more, and below the idle lifetime")

    @property
    def touch_step_ms(self) -> int:
        """`touch_ms`, or its default."""
        if self.touch_ms is not None:
            return self.touch_ms
        return min(self.lifetime.idle_ms // _TOUCHES_A_LIFE, _MOST_TOUCH_MS)
