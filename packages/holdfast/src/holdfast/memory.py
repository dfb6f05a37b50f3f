"""The store in memory: the contract's executable specification, and a fake that keeps its word."""

import secrets
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from holdfast.changes import CHANGES, OtherKindError, Value
from holdfast.conditions import ABSENT, holds
from holdfast.errors import (
    EpochChanged,
    IdempotencyKeyReused,
    QuotaExceeded,
    TokenExists,
    TooManyRotations,
    TooManySessions,
    VersionConflict,
    WrongKind,
)
from holdfast.intents import Intent, tag_of
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
from holdfast.token import Token, new_public_id

KEPT_MS = 60_000
TOMBSTONE_MS = 86_400_000
ANSWERS_MS, ANSWERS = 600_000, 32
OLD_TOKENS = 8


@dataclass(slots=True)
class _Old:
    """An old token; `until` is 0 while no newer token was used."""

    token: str
    until: int = 0


@dataclass(slots=True)
class _Record:
    session: Session
    data: dict[str, bytes]
    token: str
    old: list[_Old] = field(default_factory=list)
    grace_ms: int = 0
    answers: dict[str, tuple[int, str, Committed]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Tombstone:
    ended: Ended
    forget: int
    kept: dict[str, bytes] | None = None


def stage(
    data: dict[str, bytes], intents: Sequence[Intent], limits: Limits
) -> tuple[dict[str, bytes], dict[str, Value]]:
    """Work out what `data` becomes, and the new value of each name; change nothing."""
    staged: dict[str, Value] = {}
    grows = False
    for intent in intents:
        original = data.get(intent.name)
        if intent.if_tag:
            current = ABSENT if original is None else tag_of(original)
            if not holds(intent.if_tag, current):
                raise VersionConflict(intent.name)
        try:
            new = CHANGES[intent.op](staged.get(intent.name, original), intent.value)
        except OtherKindError:
            raise WrongKind(intent.name) from None
        if new is not None and len(new) > limits.value_bytes:
            raise QuotaExceeded("value")
        grows = grows or new is not None
        staged[intent.name] = new
    whole = {name: v for name, v in {**data, **staged}.items() if v is not None}
    if grows and len(whole) > limits.names:
        raise QuotaExceeded("names")
    if grows and sum(len(name) + len(v) for name, v in whole.items()) > limits.session_bytes:
        raise QuotaExceeded("session")
    return whole, staged


class MemoryStore:
    """Sessions in this process. `clock` gives Unix ms; verbs are told in holdfast.store."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock, self._lock = clock, threading.RLock()
        self._records: dict[str, _Record] = {}  # by the newest token
        self._heads: dict[str, str] = {}  # old token to the newest
        self._tombstones: dict[str, _Tombstone] = {}
        self._epochs: dict[str, str] = {}

    def ping(self) -> int:
        """See SessionStore.ping."""
        return self._clock()

    def epoch(self, user_id: str) -> str:
        """See SessionStore.epoch."""
        with self._lock:
            return self._epochs.setdefault(user_id, secrets.token_urlsafe(9))

    def _bury(self, record: _Record, reason: Reason, at: int) -> None:
        del self._records[record.token]
        grave = _Tombstone(Ended(reason, at), self._clock() + TOMBSTONE_MS)
        for token in (record.token, *(old.token for old in record.old)):
            self._tombstones[token] = grave

    def _expired(self, record: _Record) -> bool:
        """End the record if its time is over."""
        now, deadline = self._clock(), record.session.idle_expires_ms
        if now < deadline:
            return False
        if now >= deadline + KEPT_MS:
            del self._records[record.token]
            return True
        late = deadline >= record.session.absolute_expires_ms
        self._bury(record, Reason.ABSOLUTE_TIMEOUT if late else Reason.IDLE_TIMEOUT, deadline)
        return True

    def _ended(self, token: str) -> Ended:
        grave = self._tombstones.get(token)
        known = grave is not None and self._clock() < grave.forget
        return grave.ended if grave and known else Ended(Reason.UNKNOWN)

    def _find(self, token: Token) -> _Record | Ended:
        """Return the live record; use starts the grace of older tokens, late use is reuse."""
        text, now = token.text, self._clock()
        record = self._records.get(self._heads.get(text, text))
        if record is None or self._expired(record):
            return self._ended(text)
        for old in record.old:
            if old.token == text:
                if old.until and now >= old.until:
                    self._bury(record, Reason.TOKEN_REUSE, now)
                    return Ended(Reason.TOKEN_REUSE, now)
                break
            old.until = old.until or now + record.grace_ms
        return record

    def _touch(self, record: _Record, touch_ms: int) -> None:
        session, now = record.session, self._clock()
        to = min(now + session.idle_ms, session.absolute_expires_ms)
        gain = to - session.idle_expires_ms
        if gain > 0 and (gain >= touch_ms or to == session.absolute_expires_ms):
            record.session = replace(session, idle_expires_ms=to, last_seen_ms=now)

    def _view(self, record: _Record, *, with_data: bool = True) -> Session:
        data = dict(record.data) if with_data else None
        return replace(record.session, now_ms=self._clock(), data=data)

    def _of_user(self, user_id: str) -> list[_Record]:
        records = [
            record
            for record in list(self._records.values())
            if record.session.user and record.session.user.id == user_id
        ]
        alive = (record for record in records if not self._expired(record))
        return sorted(alive, key=lambda one: (one.session.created_ms, one.session.id))

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
        """See SessionStore.create."""
        with self._lock:
            now = self._clock()
            if {token.text} & (self._records.keys() | self._heads.keys() | self._tombstones.keys()):
                raise TokenExists
            if user and self._epochs.get(user.id, "") != epoch:
                raise EpochChanged
            data, staged = stage({}, intents, limits)
            alive = self._of_user(user.id) if user else []
            if user and len(alive) >= max_sessions and policy is LimitPolicy.REFUSE:
                raise TooManySessions
            doomed = alive[: max(0, len(alive) - max_sessions + 1)]
            for record in doomed:
                self._bury(record, Reason.EVICTED_BY_LIMIT, now)
            absolute = now + lifetime.absolute_ms
            session = Session(
                id=public_id or new_public_id(),
                user=user,
                created_ms=now,
                authenticated_ms=now,
                last_seen_ms=now,
                idle_expires_ms=min(now + lifetime.idle_ms, absolute),
                absolute_expires_ms=absolute,
                idle_ms=lifetime.idle_ms,
                remember=remember,
                client=client,
                version=1 if staged else 0,
                now_ms=now,
            )
            self._records[token.text] = _Record(session, data, token.text)
            return replace(self._view(self._records[token.text]), evicted=len(doomed))

    def load(
        self, token: Token, *, passive: bool = False, with_data: bool = True, touch_ms: int = 30_000
    ) -> Session | Ended:
        """See SessionStore.load."""
        with self._lock:
            record = self._find(token)
            if isinstance(record, Ended):
                return record
            if not passive:
                self._touch(record, touch_ms)
            return self._view(record, with_data=with_data)

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
        """See SessionStore.commit."""
        with self._lock:
            record = self._find(token)
            if isinstance(record, Ended):
                return record
            first = self._answered(record, idempotency_key, fingerprint)
            if first:
                return first
            condition = None if if_version is None else str(if_version)
            if condition and not holds(condition, str(record.session.version)):
                raise VersionConflict(None)
            record.data, staged = stage(record.data, intents, limits)
            version = record.session.version + 1
            record.session = replace(record.session, version=version)
            user = record.session.user
            done = Committed(
                version,
                staged,
                session_id=record.session.id,
                user_name=user.name if user else None,
            )
            if idempotency_key:
                self._remember(record, idempotency_key, fingerprint, done)
            self._touch(record, touch_ms)
            return done

    def _answered(self, record: _Record, key: str | None, fingerprint: str) -> Committed | None:
        at, print_, first = record.answers.get(key or "", (0, "", None))
        if first is None or self._clock() >= at + ANSWERS_MS:
            return None
        if print_ != fingerprint:
            raise IdempotencyKeyReused
        return replace(first, repeated=True)

    def _remember(self, record: _Record, key: str, fingerprint: str, done: Committed) -> None:
        record.answers.pop(key, None)
        if len(record.answers) >= ANSWERS:
            del record.answers[next(iter(record.answers))]
        record.answers[key] = (self._clock(), fingerprint, done)

    def rotate(
        self, token: Token, new: Token, *, privilege: bool = False, grace_ms: int = 10_000
    ) -> Rotated | Ended:
        """See SessionStore.rotate."""
        with self._lock:
            record = self._find(token)
            if isinstance(record, Ended):
                return record
            used = {old.token for old in record.old if old.until}
            if token.text in used and not privilege:
                return Rotated(self._view(record), installed=False)
            if not privilege:
                self._forget_oldest(record, grace_ms)
            old = [*record.old, _Old(record.token)]
            del self._records[record.token]
            record.token, record.old, record.grace_ms = new.text, old, grace_ms
            self._records[new.text] = record
            if privilege:
                now = self._clock()
                record.session = replace(record.session, authenticated_ms=now)
                while record.old:
                    self._forget(record)
            for one in record.old:
                self._heads[one.token] = new.text
            return Rotated(self._view(record))

    def _forget_oldest(self, record: _Record, grace_ms: int) -> None:
        """Make room for one more old token. Raises TooManyRotations."""
        if len(record.old) < OLD_TOKENS:
            return
        until, now = record.old[0].until, self._clock()
        if not until or now < until:
            raise TooManyRotations(until - now if until else grace_ms)
        self._forget(record)

    def _forget(self, record: _Record) -> None:
        """Drop the oldest token; it answers `rotated` from now on."""
        gone, now = record.old.pop(0).token, self._clock()
        self._heads.pop(gone, None)
        self._tombstones[gone] = _Tombstone(Ended(Reason.ROTATED, now), now + TOMBSTONE_MS)

    def take(self, token: Token) -> dict[str, bytes] | Ended:
        """See SessionStore.take."""
        with self._lock:
            record, now = self._find(token), self._clock()
            if isinstance(record, Ended):
                grave = self._tombstones.get(token.text)
                again = grave and grave.kept is not None and now < grave.ended.ended_ms + KEPT_MS
                return dict(grave.kept or {}) if grave and again else record
            if record.session.user:
                return Ended(Reason.UNKNOWN)
            self._bury(record, Reason.ROTATED, now)
            grave = replace(self._tombstones[token.text], kept=dict(record.data))
            self._tombstones[token.text] = grave
            return dict(record.data)

    def end(self, token: Token, reason: Reason = Reason.LOGGED_OUT) -> bool:
        """See SessionStore.end."""
        with self._lock:
            record = self._find(token)
            if isinstance(record, Ended):
                return False
            self._bury(record, reason, self._clock())
            return True

    def end_one(self, user_id: str, public_id: str, reason: Reason = Reason.REVOKED) -> bool:
        """See SessionStore.end_one."""
        with self._lock:
            found = [one for one in self._of_user(user_id) if one.session.id == public_id]
            for record in found:
                self._bury(record, reason, self._clock())
            return bool(found)

    def end_user(self, user_id: str, reason: Reason, *, keep: Token | None = None) -> int:
        """See SessionStore.end_user."""
        with self._lock:
            self._epochs[user_id] = secrets.token_urlsafe(9)
            kept = self._find(keep) if keep else None
            doomed = [one for one in self._of_user(user_id) if one is not kept]
            for record in doomed:
                self._bury(record, reason, self._clock())
            return len(doomed)

    def end_everybody(self, reason: Reason = Reason.REVOKED_BY_ADMIN) -> None:
        """See SessionStore.end_everybody."""
        with self._lock:
            for record in list(self._records.values()):
                if not self._expired(record):
                    self._bury(record, reason, self._clock())

    def peek(self, user_id: str, public_id: str) -> Session | None:
        """See SessionStore.peek."""
        return next((one for one in self.list_user(user_id) if one.id == public_id), None)

    def list_user(self, user_id: str) -> list[Session]:
        """See SessionStore.list_user."""
        with self._lock:
            return [self._view(one, with_data=False) for one in self._of_user(user_id)]
