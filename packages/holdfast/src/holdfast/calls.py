"""The sans-IO core: each verb as a call to send, and how to read its reply.

The sync and the async store differ only in how they carry a Call to Redis and its reply back.
"""

import json
import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Generic, NamedTuple, TypeVar

from holdfast.frames import frame
from holdfast.intents import Intent
from holdfast.keys import LAYOUT, SUFFIX_BYTES, Keys
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
from holdfast.replies import (
    Reply,
    read_committed,
    read_created,
    read_done,
    read_listed,
    read_live,
    read_live_meta,
    read_peeked,
    read_recognised,
    read_rotated,
    read_taken,
    read_waiting,
)
from holdfast.scripts import Script, script
from holdfast.token import Token, bucket_of_user, new_public_id

T = TypeVar("T")
Arg = str | bytes | int

BUCKETS = 256
_YEAR_MS = 366 * 86_400_000


class Call(NamedTuple, Generic[T]):
    """One script call: what to send, beginning with the bucket's base, and how to read the reply.

    `repeatable`: sending it twice does no harm, so a lost connection may be tried once more.
    `ends` is why sessions end by it. `touches`: it may keep a session alive.
    `packed`: its EVALSHA, where that is made already.
    """

    script: Script
    key: str
    args: tuple[Arg, ...]
    parse: Callable[[Reply], T]
    repeatable: bool = False
    ends: Reason | None = None
    touches: bool = False
    packed: bytes = b""

    def words(self, *, whole: bool = False) -> tuple[Arg, ...]:
        """Return the command, which names the script by its digest or brings it whole."""
        script = ("EVAL", self.script.source) if whole else ("EVALSHA", self.script.sha)
        return (*script, 1, self.key, *self.args)

    @property
    def lasting(self) -> bool:
        """Tell whether it ends sessions: a fail-over must not bring them back."""
        return self.ends is not None


def _flat(limits: Limits, intents: Sequence[Intent]) -> list[Arg]:
    flat: list[Arg] = [limits.value_bytes, limits.session_bytes, limits.names]
    for one in intents:
        flat += (one.op, one.name, one.value, one.if_tag or "")
    return flat


def _new_epoch() -> str:
    return secrets.token_urlsafe(9)


class Calls:
    """Builds the call of each verb. The verbs' meaning is told in holdfast.store."""

    def __init__(self, keys: Keys) -> None:
        self._keys = keys
        self._bases = [keys.base(bucket) for bucket in range(BUCKETS)]
        base, suffix = len(self._bases[0].encode()), SUFFIX_BYTES
        previous = suffix if keys.previous_pepper else 0
        self._sizes = (base + len("s:") + suffix, base, suffix, previous)

    def _place(self, token: Token) -> tuple[str, tuple[Arg, Arg, Arg]]:
        """Return the key of a token's record, and what the arguments of a call to it begin with."""
        keys, base = self._keys, self._bases[token.bucket]
        suffix = keys.suffix(token)
        previous = keys.previous_suffix(token) if keys.previous_pepper else ""
        return f"{base}s:{suffix}", (base, suffix, previous)

    def _of_user(
        self,
        name: str,
        user_id: str,
        *args: Arg,
        parse: Callable[[Reply], T],
        repeatable: bool,
        ends: Reason | None = None,
    ) -> Call[T]:
        base = self._bases[bucket_of_user(user_id)]
        key = f"{base}u:{user_id}"
        return Call(script(name), key, (base, user_id, *args), parse, repeatable, ends)

    def epoch(self, user_id: str) -> Call[str]:
        """Read a user's epoch, or begin one."""
        return self._of_user(
            "epoch",
            user_id,
            _new_epoch(),
            parse=lambda reply: reply[2].decode(),
            repeatable=True,
        )

    def ping(self) -> Call[int]:
        """Read the clock by a script, as every verb does."""
        base = self._bases[0]
        return Call(
            script("ping"), f"{base}-", (base,), lambda reply: int(reply[0]), repeatable=True
        )

    def create(
        self,
        token: Token,
        lifetime: Lifetime,
        *,
        user: User | None,
        epoch: str,
        client: Client,
        remember: bool,
        intents: Sequence[Intent],
        limits: Limits,
        max_sessions: int,
        policy: LimitPolicy,
        public_id: str | None,
    ) -> Call[Session]:
        """Begin a session."""
        if user and bucket_of_user(user.id) != token.bucket:
            raise ValueError("a user's token leads to the user's bucket")
        base, suffix = self._bases[token.bucket], self._keys.suffix(token)
        who = (user.id, user.name, json.dumps(user.roles)) if user else ("", "", "[]")
        args: tuple[Arg, ...] = (
            base,
            suffix,
            public_id or new_public_id(),
            lifetime.idle_ms,
            lifetime.absolute_ms,
            int(remember),
            client.ip,
            client.device,
            *who,
            epoch,
            max_sessions,
            policy.value,
            *_flat(limits, intents),
        )
        return Call(script("create"), f"{base}s:{suffix}", args, read_created)

    def load(
        self, token: Token, *, passive: bool, with_data: bool, touch_ms: int
    ) -> Call[Session | Ended]:
        """Read a session."""
        key, head = self._place(token)
        rest: tuple[str | int, ...] = "" if passive else touch_ms, "data" if with_data else ""
        load = script("load")
        return Call(
            load,
            key,
            (*head, *rest),
            read_live if with_data else read_live_meta,
            repeatable=True,
            touches=not passive,
            packed=(frame(load.sha, self._sizes, rest) % (key, *head)).encode(),
        )

    def commit(
        self,
        token: Token,
        intents: Sequence[Intent],
        *,
        if_version: int | str | None,
        idempotency_key: str | None,
        fingerprint: str,
        limits: Limits,
        touch_ms: int,
    ) -> Call[Committed | Ended]:
        """Apply intents."""
        key, head = self._place(token)
        version: Arg = "" if if_version is None else if_version
        condition = (touch_ms, version, idempotency_key or "", fingerprint)
        args = (*head, *condition, *_flat(limits, intents))
        return Call(script("commit"), key, args, read_committed)

    def rotate(
        self, token: Token, new: Token, *, privilege: bool, grace_ms: int
    ) -> Call[Rotated | Ended]:
        """Change the token."""
        if new.bucket != token.bucket:
            raise ValueError("a rotated token stays in its bucket")
        key, head = self._place(token)
        args = (*head, self._keys.suffix(new), "privilege" if privilege else "", grace_ms)
        return Call(script("rotate"), key, args, read_rotated)

    def take(self, token: Token) -> Call[dict[str, bytes] | Ended]:
        """Take an anonymous session's data over."""
        return Call(script("take"), *self._place(token), read_taken, repeatable=True)

    def end(self, token: Token, reason: Reason) -> Call[bool]:
        """End a session."""
        key, head = self._place(token)
        args = (*head, reason.value)
        return Call(script("end"), key, args, read_done, repeatable=True, ends=reason)

    def end_one(self, user_id: str, public_id: str, reason: Reason) -> Call[bool]:
        """End a session by its public id."""
        return self._of_user(
            "end_one",
            user_id,
            public_id,
            reason.value,
            parse=read_done,
            repeatable=True,
            ends=reason,
        )

    def end_user(self, user_id: str, reason: Reason, keep: Token | None) -> Call[int]:
        """End a user's sessions."""
        kept = (self._keys.suffix(keep), self._keys.previous_suffix(keep)) if keep else ("", "")
        return self._of_user(
            "end_user",
            user_id,
            reason.value,
            _new_epoch(),
            *kept,
            parse=lambda reply: int(reply[2]),
            repeatable=True,
            ends=reason,
        )

    def attempt(
        self, name: str, limit: int, window_ms: int, beside: Mapping[str, int]
    ) -> Call[int]:
        """Count an attempt unless a limit is reached; 0, or the ms until the window is over."""
        others = [arg for one, most in beside.items() for arg in (self._keys.opaque(one), most)]
        return self._of_user(
            "count",
            self._keys.opaque(name),
            window_ms,
            limit,
            *others,
            parse=read_waiting,
            repeatable=False,
        )

    def forgive(self, name: str, *, every: bool, beside: Mapping[str, bool]) -> Call[bool]:
        """Take one counted attempt back, or all."""
        which = {True: "all", False: "one"}
        others = [
            arg for one, all_ in beside.items() for arg in (self._keys.opaque(one), which[all_])
        ]
        return self._of_user(
            "forgive",
            self._keys.opaque(name),
            which[every],
            *others,
            parse=read_done,
            repeatable=False,
        )

    def end_everybody(self, reason: Reason) -> list[Call[bool]]:
        """End every session: one call a bucket."""
        text = script("end_everybody")
        return [
            Call(
                text,
                f"{base}x",
                (base, reason.value, _YEAR_MS),
                read_done,
                repeatable=True,
                ends=reason,
            )
            for base in self._bases
        ]

    def recognise(self) -> Call[None]:
        """Leave a mark in the store, or find one that is not ours."""
        base = self._bases[0]
        args = (base, LAYOUT, *self._keys.prints())
        return Call(script("recognise"), f"{base}m", args, read_recognised, repeatable=True)

    def peek(self, user_id: str, public_id: str) -> Call[Session | None]:
        """Ask about one of a user's sessions. The script takes several users of one bucket."""
        return self._of_user("peek", user_id, public_id, parse=read_peeked, repeatable=True)

    def list_user(self, user_id: str) -> Call[list[Session]]:
        """List a user's sessions."""
        return self._of_user("list_user", user_id, parse=read_listed, repeatable=True)
