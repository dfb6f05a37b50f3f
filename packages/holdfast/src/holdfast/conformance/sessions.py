"""Sessions from their beginning to their end (G1, G3, G4)."""

from holdfast.conformance.case import LONG, begin, put, reason, refusing, someone
from holdfast.conformance.harness import Harness
from holdfast.errors import TokenExists
from holdfast.model import Client, Ended, Lifetime, Reason, Session
from holdfast.token import Token, bucket_of_user, random_bucket


def a_created_session_is_loaded_as_it_began(harness: Harness) -> None:
    user, client = someone(), Client("192.0.2.1", "Firefox, Linux")
    token = Token.new(bucket_of_user(user.id))
    made = harness.store.create(token, LONG, user=user, client=client, remember=True)

    found = harness.store.load(token, passive=True)
    assert isinstance(found, Session)
    assert (found.user, found.client, found.remember) == (user, client, True)
    assert (found.id, found.version, found.data) == (made.id, 0, {})
    assert found.idle_expires_ms == found.created_ms + LONG.idle_ms
    assert found.absolute_expires_ms == found.created_ms + LONG.absolute_ms


def a_token_nobody_made_is_unknown(harness: Harness) -> None:
    token = Token.new(random_bucket())

    assert harness.store.load(token) == Ended(Reason.UNKNOWN)
    assert harness.store.commit(token, [put("a", b"1")]) == Ended(Reason.UNKNOWN)
    assert harness.store.rotate(token, Token.new(token.bucket)) == Ended(Reason.UNKNOWN)
    assert harness.store.take(token) == Ended(Reason.UNKNOWN)
    assert not harness.store.end(token)


def create_never_adopts_a_token(harness: Harness) -> None:
    token = begin(harness)

    with refusing(TokenExists):
        harness.store.create(token, LONG)


def expiry_is_exact_and_told(harness: Harness) -> None:
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


def touch_moves_the_idle_deadline_up_to_the_absolute_one(harness: Harness) -> None:
    token = begin(harness, lifetime=Lifetime(600, 1000))
    first = harness.store.load(token, touch_ms=10_000)
    harness.wait_until(first.created_ms + 100)
    assert harness.store.load(token, passive=True).idle_expires_ms == first.idle_expires_ms
    assert harness.store.load(token, touch_ms=10_000).idle_expires_ms == first.idle_expires_ms
    assert harness.store.load(token, touch_ms=0).idle_expires_ms > first.idle_expires_ms

    harness.wait_until(first.created_ms + 500)
    last = harness.store.load(token, touch_ms=10_000)
    assert last.idle_expires_ms == last.absolute_expires_ms


def every_way_to_end_tells_its_reason_and_is_final(harness: Harness) -> None:
    for why in (Reason.LOGGED_OUT, Reason.REVOKED):
        token = begin(harness, someone())
        assert harness.store.end(token, why)
        assert reason(harness, token) is why
        assert isinstance(harness.store.commit(token, [put("a", b"1")]), Ended)
        assert not harness.store.end(token)
