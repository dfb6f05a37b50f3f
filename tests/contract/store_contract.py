"""What every session store must do. A subclass gives the `harness`: a store and a way to wait."""

import secrets
from collections.abc import Sequence
from typing import Any, Protocol

import pytest

from holdfast import (
    Client,
    Committed,
    Ended,
    Intent,
    Lifetime,
    LimitPolicy,
    Limits,
    Op,
    Reason,
    Session,
    Token,
    User,
)
from holdfast.errors import (
    EpochChanged,
    IdempotencyKeyReused,
    QuotaExceeded,
    TokenExists,
    TooManySessions,
    VersionConflict,
    WrongKind,
)
from holdfast.intents import ABSENT, tag_of
from holdfast.token import bucket_of_user, random_bucket

LONG = Lifetime(1_800_000, 43_200_000)
ODD_VALUES = [b"[[],{}]", b"12345678901234567", '"🐚"'.encode(), b'"' + b"x" * 15 * 1024 + b'"']


class Harness(Protocol):
    """A store under test, its clock in ms, and a way to reach a time on it."""

    store: Any

    def now(self) -> int: ...

    def wait_until(self, ms: int) -> None: ...


def someone() -> User:
    return User(secrets.token_urlsafe(16), "Kingsley", ("editor",))


def put(name: str, value: bytes, if_tag: str | None = None) -> Intent:
    return Intent(Op.SET, name, value, if_tag)


def begin(
    harness: Harness,
    user: User | None = None,
    lifetime: Lifetime = LONG,
    intents: Sequence[Intent] = (),
) -> Token:
    token = Token.new(bucket_of_user(user.id) if user else random_bucket())
    epoch = harness.store.epoch(user.id) if user else ""
    harness.store.create(token, lifetime, user=user, epoch=epoch, intents=intents)
    return token


def reason(harness: Harness, token: Token) -> Reason | None:
    found = harness.store.load(token, passive=True)
    return found.reason if isinstance(found, Ended) else None


class StoreContract:
    """The claims, verb by verb."""

    def test_a_created_session_is_loaded_as_it_began(self, harness: Harness) -> None:
        user, client = someone(), Client("192.0.2.1", "Firefox, Linux")
        token = Token.new(bucket_of_user(user.id))
        made = harness.store.create(token, LONG, user=user, client=client, remember=True)

        found = harness.store.load(token, passive=True)
        assert isinstance(found, Session)
        assert (found.user, found.client, found.remember) == (user, client, True)
        assert (found.id, found.version, found.data) == (made.id, 0, {})
        assert found.idle_expires_ms == found.created_ms + LONG.idle_ms
        assert found.absolute_expires_ms == found.created_ms + LONG.absolute_ms

    def test_a_token_nobody_made_is_unknown(self, harness: Harness) -> None:
        token = Token.new(random_bucket())

        assert harness.store.load(token) == Ended(Reason.UNKNOWN)
        assert harness.store.commit(token, [put("a", b"1")]) == Ended(Reason.UNKNOWN)
        assert harness.store.rotate(token, Token.new(token.bucket)) == Ended(Reason.UNKNOWN)
        assert harness.store.take(token) == Ended(Reason.UNKNOWN)
        assert not harness.store.end(token)

    def test_create_never_adopts_a_token(self, harness: Harness) -> None:
        token = begin(harness)

        with pytest.raises(TokenExists):
            harness.store.create(token, LONG)

    @pytest.mark.parametrize("value", ODD_VALUES)
    def test_values_are_kept_byte_for_byte(self, harness: Harness, value: bytes) -> None:
        token = begin(harness)
        harness.store.commit(token, [put("a", value)])

        assert harness.store.load(token).data == {"a": value}

    @pytest.mark.parametrize(
        ("op", "before", "value", "after"),
        [
            (Op.DELETE, b"1", b"", None),
            (Op.DELETE, None, b"", None),
            (Op.INCREMENT, None, b"3", b"3"),
            (Op.INCREMENT, b"9007199254740990", b"1", b"9007199254740991"),
            (Op.INCREMENT, b"-2", b"2", b"0"),
            (Op.APPEND, None, b"{}", b"[{}]"),
            (Op.APPEND, b" [ ] ", b"1", b"[1]"),
            (Op.APPEND, b'["]", [] ]', b"[]", b'["]", [] ,[]]'),
            (Op.ADD, b"[1, 2]", b"2", b"[1, 2]"),
            (Op.ADD, b"[1, 2]", b"3", b"[1, 2,3]"),
            (Op.REMOVE, b'["a,b", {"a":[1,2]} ,"a,b"]', b'"a,b"', b'[{"a":[1,2]}]'),
            (Op.REMOVE, b"[ 1 ]", b"2", b"[ 1 ]"),
            (Op.REMOVE, None, b"2", None),
        ],
    )
    def test_each_intent_does_what_it_says(
        self, harness: Harness, op: Op, before: bytes | None, value: bytes, after: bytes | None
    ) -> None:
        token = begin(harness, intents=[] if before is None else [put("a", before)])

        done = harness.store.commit(token, [Intent(op, "a", value)])
        assert done.values == {"a": after}
        assert harness.store.load(token).data == ({} if after is None else {"a": after})

    @pytest.mark.parametrize(
        ("op", "before"),
        [
            (Op.INCREMENT, b'"1"'),
            (Op.INCREMENT, b"1.0"),
            (Op.INCREMENT, b"9007199254740991"),
            (Op.APPEND, b"{}"),
            (Op.ADD, b"1"),
            (Op.REMOVE, b'"[1]"'),
        ],
    )
    def test_a_wrong_kind_is_refused_and_nothing_of_the_commit_applied(
        self, harness: Harness, op: Op, before: bytes
    ) -> None:
        token = begin(harness, intents=[put("a", before)])

        with pytest.raises(WrongKind):
            harness.store.commit(token, [put("b", b"1"), Intent(op, "a", b"1")])
        assert harness.store.load(token).data == {"a": before}
        assert harness.store.load(token).version == 1

    def test_conditions_hold_or_refuse(self, harness: Harness) -> None:
        token = begin(harness)
        first = harness.store.commit(token, [put("a", b"1", ABSENT)], if_version=0)
        assert first == Committed(1, {"a": b"1"})

        for intents, version in (
            ([put("a", b"2", ABSENT)], None),
            ([put("a", b"2", tag_of(b"2"))], None),
            ([put("a", b"2")], 0),
        ):
            with pytest.raises(VersionConflict):
                harness.store.commit(token, intents, if_version=version)
        second = harness.store.commit(token, [put("a", b"2", tag_of(b"1"))], if_version=1)
        assert second == Committed(2, {"a": b"2"})

    def test_quotas_refuse_before_anything_is_applied(self, harness: Harness) -> None:
        token, limits = begin(harness), Limits(value_bytes=4, session_bytes=8, names=2)
        for what, intents in {
            "value": [put("a", b"12345")],
            "names": [put("a", b"1"), put("b", b"1"), put("c", b"1")],
            "session": [put("a", b"1234"), put("b", b"1234")],
        }.items():
            with pytest.raises(QuotaExceeded) as refused:
                harness.store.commit(token, intents, limits=limits)
            assert refused.value.what == what
        assert harness.store.load(token).data == {}

    def test_an_idempotency_key_applies_once(self, harness: Harness) -> None:
        token, once = begin(harness), [Intent(Op.INCREMENT, "n", b"1")]
        first = harness.store.commit(token, once, idempotency_key="k", fingerprint="f")
        harness.store.commit(token, once)

        again = harness.store.commit(token, once, idempotency_key="k", fingerprint="f")
        assert (again.version, again.values, again.repeated) == (1, first.values, True)
        with pytest.raises(IdempotencyKeyReused):
            harness.store.commit(token, once, idempotency_key="k", fingerprint="g")
        assert harness.store.load(token).data == {"n": b"2"}

    def test_32_idempotency_keys_are_remembered(self, harness: Harness) -> None:
        token, once = begin(harness), [Intent(Op.INCREMENT, "n", b"1")]
        for n in range(33):
            harness.store.commit(token, once, idempotency_key=f"k{n}")

        assert harness.store.commit(token, once, idempotency_key="k1").repeated
        assert not harness.store.commit(token, once, idempotency_key="k0").repeated

    def test_expiry_is_exact_and_told(self, harness: Harness) -> None:
        for lifetime, why in (
            (Lifetime(250, 60_000), Reason.IDLE_TIMEOUT),
            (Lifetime(60_000, 250), Reason.ABSOLUTE_TIMEOUT),
        ):
            token = begin(harness, lifetime=lifetime)
            deadline = harness.store.load(token, passive=True).idle_expires_ms
            while isinstance(found := harness.store.load(token, passive=True), Session):
                assert found.now_ms < deadline
                harness.wait_until(min(harness.now() + 40, deadline))
            assert harness.now() >= deadline
            assert found == Ended(why, deadline)

    def test_touch_moves_the_idle_deadline_up_to_the_absolute_one(self, harness: Harness) -> None:
        token = begin(harness, lifetime=Lifetime(300, 500))
        first = harness.store.load(token, touch_ms=10_000)
        harness.wait_until(first.created_ms + 100)
        assert harness.store.load(token, passive=True).idle_expires_ms == first.idle_expires_ms
        assert harness.store.load(token, touch_ms=10_000).idle_expires_ms == first.idle_expires_ms
        assert harness.store.load(token, touch_ms=0).idle_expires_ms > first.idle_expires_ms

        harness.wait_until(first.created_ms + 250)
        last = harness.store.load(token, touch_ms=10_000)
        assert last.idle_expires_ms == last.absolute_expires_ms

    def test_every_way_to_end_tells_its_reason_and_is_final(self, harness: Harness) -> None:
        for why in (Reason.LOGGED_OUT, Reason.REVOKED):
            token = begin(harness, someone())
            assert harness.store.end(token, why)
            assert reason(harness, token) is why
            assert isinstance(harness.store.commit(token, [put("a", b"1")]), Ended)
            assert not harness.store.end(token)

    def test_a_user_ends_one_of_their_own_sessions_only(self, harness: Harness) -> None:
        user = someone()
        token, other = begin(harness, user), begin(harness, user)
        public_id = harness.store.load(token).id

        assert not harness.store.end_one(someone().id, public_id)
        assert harness.store.end_one(user.id, public_id)
        assert reason(harness, token) is Reason.REVOKED
        assert [one.id for one in harness.store.list_user(user.id)] == [
            harness.store.load(other).id
        ]

    def test_end_user_spares_the_kept_one_and_changes_the_epoch(self, harness: Harness) -> None:
        user, epoch = someone(), ""
        kept, other = begin(harness, user), begin(harness, user)

        assert harness.store.end_user(user.id, Reason.PASSWORD_CHANGED, keep=kept) == 1
        assert reason(harness, other) is Reason.PASSWORD_CHANGED
        assert reason(harness, kept) is None
        with pytest.raises(EpochChanged):
            harness.store.create(Token.new(kept.bucket), LONG, user=user, epoch=epoch)
        assert reason(harness, begin(harness, user)) is None

    def test_the_limit_evicts_the_oldest_or_refuses(self, harness: Harness) -> None:
        user = someone()
        tokens = [Token.new(bucket_of_user(user.id)) for _ in range(3)]
        evicted = []
        for token in tokens:
            made = harness.store.create(token, LONG, user=user, max_sessions=2)
            evicted.append(made.evicted)
            harness.wait_until(made.created_ms + 2)

        assert evicted == [0, 0, 1]
        assert [reason(harness, token) for token in tokens] == [
            Reason.EVICTED_BY_LIMIT,
            None,
            None,
        ]
        with pytest.raises(TooManySessions):
            harness.store.create(
                Token.new(tokens[0].bucket),
                LONG,
                user=user,
                max_sessions=2,
                policy=LimitPolicy.REFUSE,
            )

    def test_an_old_token_is_an_alias_until_its_grace_is_over(self, harness: Harness) -> None:
        old = begin(harness, someone())
        new = Token.new(old.bucket)
        harness.store.rotate(old, new, grace_ms=100)
        harness.store.commit(old, [put("a", b"1")])
        assert harness.store.load(old).data == {"a": b"1"}
        used = harness.store.load(new)
        assert used.data == {"a": b"1"}
        assert reason(harness, old) is None
        assert not harness.store.rotate(old, Token.new(old.bucket)).installed

        harness.wait_until(used.now_ms + 100)
        assert reason(harness, old) is Reason.TOKEN_REUSE
        assert reason(harness, new) is Reason.TOKEN_REUSE

    def test_a_change_of_privilege_leaves_no_alias(self, harness: Harness) -> None:
        first = begin(harness, someone())
        second, third = Token.new(first.bucket), Token.new(first.bucket)
        harness.store.rotate(first, second)
        harness.store.rotate(second, third, privilege=True)

        assert reason(harness, first) is Reason.ROTATED
        assert reason(harness, second) is Reason.ROTATED
        assert reason(harness, third) is None

    def test_eight_old_tokens_are_remembered(self, harness: Harness) -> None:
        tokens = [begin(harness)]
        for _ in range(9):
            tokens.append(Token.new(tokens[0].bucket))
            harness.store.rotate(tokens[-2], tokens[-1])

        assert reason(harness, tokens[0]) is Reason.ROTATED
        assert reason(harness, tokens[1]) is None

    def test_a_lost_answer_to_a_rotation_locks_nobody_out(self, harness: Harness) -> None:
        old = begin(harness)
        lost, new = Token.new(old.bucket), Token.new(old.bucket)
        harness.store.rotate(old, lost)

        assert harness.store.rotate(old, new).installed
        assert reason(harness, new) is None

    def test_take_ends_an_anonymous_session_and_can_be_repeated(self, harness: Harness) -> None:
        token = begin(harness, intents=[put("cart", b"[1]")])

        assert harness.store.take(token) == {"cart": b"[1]"}
        assert harness.store.take(token) == {"cart": b"[1]"}
        assert reason(harness, token) is Reason.ROTATED
        assert harness.store.take(begin(harness, someone())) == Ended(Reason.UNKNOWN)

    def test_everybody_is_logged_out_and_may_come_back(self, harness: Harness) -> None:
        tokens = [begin(harness, someone()), begin(harness)]
        harness.store.end_everybody()

        assert {reason(harness, token) for token in tokens} == {Reason.REVOKED_BY_ADMIN}
        harness.wait_until(harness.now() + 2)
        assert reason(harness, begin(harness, someone())) is None
