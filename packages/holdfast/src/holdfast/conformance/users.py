"""All sessions of a user, and of everybody (G3)."""

from holdfast.conformance.case import LONG, begin, reason, refusing, someone
from holdfast.conformance.harness import Harness
from holdfast.errors import EpochChanged, TooManySessions
from holdfast.model import LimitPolicy, Reason
from holdfast.token import Token, bucket_of_user


def a_user_ends_one_of_their_own_sessions_only(harness: Harness) -> None:
    user = someone()
    token, other = begin(harness, user), begin(harness, user)
    public_id = harness.store.load(token).id

    assert not harness.store.end_one(someone().id, public_id)
    assert harness.store.end_one(user.id, public_id)
    assert reason(harness, token) is Reason.REVOKED
    assert [one.id for one in harness.store.list_user(user.id)] == [harness.store.load(other).id]


def one_session_is_looked_at_by_its_id_without_use_of_it(harness: Harness) -> None:
    user = someone()
    token = begin(harness, user)
    new = Token.new(token.bucket)
    before = harness.store.rotate(token, new, grace_ms=0).session

    harness.wait_until(before.now_ms + 2)
    seen = harness.store.peek(user.id, before.id)
    assert (seen.id, seen.user, seen.data) == (before.id, user, None)
    assert seen.idle_expires_ms == before.idle_expires_ms
    assert reason(harness, token) is None
    assert harness.store.peek(someone().id, before.id) is None
    harness.store.end(new)
    assert harness.store.peek(user.id, before.id) is None


def end_user_spares_the_kept_one_and_changes_the_epoch(harness: Harness) -> None:
    user, epoch = someone(), ""
    kept, other = begin(harness, user), begin(harness, user)

    assert harness.store.end_user(user.id, Reason.PASSWORD_CHANGED, keep=kept) == 1
    assert reason(harness, other) is Reason.PASSWORD_CHANGED
    assert reason(harness, kept) is None
    with refusing(EpochChanged):
        harness.store.create(Token.new(kept.bucket), LONG, user=user, epoch=epoch)
    assert reason(harness, begin(harness, user)) is None


def the_limit_evicts_the_oldest_or_refuses(harness: Harness) -> None:
    user = someone()
    tokens = [Token.new(bucket_of_user(user.id)) for _ in range(3)]
    for token in tokens:
        made = harness.store.create(token, LONG, user=user, max_sessions=2)
        harness.wait_until(made.created_ms + 2)

    assert [reason(harness, token) for token in tokens] == [
        Reason.EVICTED_BY_LIMIT,
        None,
        None,
    ]
    with refusing(TooManySessions):
        harness.store.create(
            Token.new(tokens[0].bucket),
            LONG,
            user=user,
            max_sessions=2,
            policy=LimitPolicy.REFUSE,
        )


def everybody_is_logged_out_and_may_come_back(harness: Harness) -> None:
    tokens = [begin(harness, someone()), begin(harness)]
    harness.store.end_everybody()

    assert {reason(harness, token) for token in tokens} == {Reason.REVOKED_BY_ADMIN}
    harness.wait_until(harness.now() + 2)
    assert reason(harness, begin(harness, someone())) is None
