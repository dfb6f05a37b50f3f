"""The port: what every session store promises. One contract suite holds each implementation to it.

Each verb is one atomic step on the store's own clock. A verb on a token that is unknown, over or
undecodable returns Ended and changes nothing. Errors are for refusals and system faults only.
Raised by every verb: StoreUnavailable, StoreFull.
"""

from collections.abc import Sequence
from typing import Protocol

from holdfast.intents import Intent
from holdfast.model import (
    Client,
    Committed,
    Ended,
    Lifetime,
    LimitPolicy,
    Limits,
    Reason,
    Rotated,
    Session,
    User,
)
from holdfast.token import Token


class SessionStore(Protocol):
    """The verbs of the session contract. The async port has the same verbs, awaited."""

    def epoch(self, user_id: str) -> str:
        """Return the user's epoch: read it before checking credentials, hand it to `create`.

        It is never empty, and held for 10 minutes at least. Where it is lost before `create`, that
        raises EpochChanged.
        """
        ...

    def create(
        self,
        token: Token,
        lifetime: Lifetime,
        *,
        user: User | None = None,
        epoch: str = "",
        client: Client = Client(),
        remember: bool = False,
        intents: Sequence[Intent] = (),
        limits: Limits = Limits(),
        max_sessions: int = 10,
        policy: LimitPolicy = LimitPolicy.EVICT_OLDEST,
        public_id: str | None = None,
    ) -> Session:
        """Begin a session under `token`, which the caller made; never adopt or overwrite one.

        With `user`, the user's live sessions are counted in the same step, and the oldest are
        ended (`evicted-by-limit`) or TooManySessions is raised. EpochChanged when the user's
        epoch is not `epoch`. The first data comes as `intents` (see `commit` for their errors);
        the result carries the data.
        """
        ...

    def load(
        self, token: Token, *, passive: bool = False, with_data: bool = True, touch_ms: int = 30_000
    ) -> Session | Ended:
        """Return the live session, or why it is over.

        Unless `passive`, move the idle deadline to now + idle, never backwards, never past the
        absolute deadline, and only when that gains `touch_ms` or reaches the absolute deadline.
        The first use of a rotated token starts the grace of the tokens before it.
        """
        ...

    def commit(
        self,
        token: Token,
        intents: Sequence[Intent],
        *,
        if_version: int | str | None = None,
        idempotency_key: str | None = None,
        fingerprint: str = "",
        limits: Limits = Limits(),
        touch_ms: int = 30_000,
    ) -> Committed | Ended:
        """Apply all intents or none, and only to a live session; count one version. Touches.

        Conditions (`if_version`, each intent's `if_tag`) are held against the data before the
        commit; intents of one name see the ones before them. `if_version` is a version, or a
        condition on its decimal text (holdfast.conditions). Raises VersionConflict, WrongKind,
        QuotaExceeded. The same `idempotency_key` within 10 minutes gives the first answer again
        (32 keys a session, the oldest forgotten first); with another `fingerprint` it raises
        IdempotencyKeyReused. Never retried once sent.
        """
        ...

    def rotate(
        self, token: Token, new: Token, *, privilege: bool = False, grace_ms: int = 10_000
    ) -> Rotated | Ended:
        """Give the live session the token `new` (same bucket).

        On `privilege` the time of authentication starts anew.
        The old token stays an alias until `grace_ms` after the first use of a newer one; use after
        that ends the session (`token-reuse`). With `privilege` there is no alias: every old token
        answers `rotated`. At most 8 old tokens are remembered: the oldest is
        forgotten (`rotated`) once its grace is over, and until then TooManyRotations is raised.
        """
        ...

    def take(self, token: Token) -> dict[str, bytes] | Ended:
        """End an anonymous session (`rotated`) and return its data.

        Asked again within a minute, it returns the same data.
        """
        ...

    def end(self, token: Token, reason: Reason = Reason.LOGGED_OUT) -> bool:
        """End the session of this token or alias; return whether it was alive."""
        ...

    def end_one(self, user_id: str, public_id: str, reason: Reason = Reason.REVOKED) -> bool:
        """End one of a user's sessions by its public id; return whether there was one."""
        ...

    def end_user(self, user_id: str, reason: Reason, *, keep: Token | None = None) -> int:
        """Replace the user's epoch, end all their sessions but `keep`'s, return how many."""
        ...

    def end_everybody(self, reason: Reason = Reason.REVOKED_BY_ADMIN) -> None:
        """End every session there is, one step a bucket."""
        ...

    def peek(self, user_id: str, public_id: str) -> Session | None:
        """Return one of a user's live sessions without data, by its public id, or None.

        This is not a use of the session: no deadline moves, and no grace of old tokens begins. Its
        cost does not depend on how many sessions the user has.
        """
        ...

    def list_user(self, user_id: str) -> list[Session]:
        """Return the user's live sessions without data, oldest first."""
        ...

    def ping(self) -> int:
        """Return the store's clock in milliseconds."""
        ...
