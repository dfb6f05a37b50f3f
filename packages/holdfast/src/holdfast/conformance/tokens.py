"""New tokens for old (G6)."""

from holdfast.conformance.case import begin, put, reason, refusing, someone
from holdfast.conformance.harness import Harness
from holdfast.errors import TooManyRotations
from holdfast.model import Ended, Reason
from holdfast.token import Token


def an_old_token_is_an_alias_until_its_grace_is_over(harness: Harness) -> None:
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


def a_change_of_privilege_leaves_no_alias(harness: Harness) -> None:
    first = begin(harness, someone())
    second, third = Token.new(first.bucket), Token.new(first.bucket)
    harness.store.rotate(first, second)
    harness.store.rotate(second, third, privilege=True)

    assert reason(harness, first) is Reason.ROTATED
    assert reason(harness, second) is Reason.ROTATED
    assert reason(harness, third) is None


def a_ninth_rotation_by_one_token_is_refused_and_all_its_tokens_stay_good(
    harness: Harness,
) -> None:
    first = begin(harness, someone())
    made = [Token.new(first.bucket) for _ in range(9)]
    assert all(harness.store.rotate(first, new).installed for new in made[:8])

    with refusing(TooManyRotations) as refused:
        harness.store.rotate(first, made[8], grace_ms=1234)
    assert refused[0].retry_ms == 1234
    assert reason(harness, made[8]) is Reason.UNKNOWN
    assert [reason(harness, token) for token in (first, *made[:8])] == [None] * 9


def the_oldest_of_eight_old_tokens_is_forgotten_after_its_grace(harness: Harness) -> None:
    tokens = [begin(harness)]
    for _ in range(8):
        tokens.append(Token.new(tokens[0].bucket))
        harness.store.rotate(tokens[-2], tokens[-1], grace_ms=1000)
    used = harness.store.load(tokens[-1])
    new = Token.new(tokens[0].bucket)
    with refusing(TooManyRotations) as refused:
        harness.store.rotate(tokens[-1], new)
    assert 0 < refused[0].retry_ms <= 1000

    harness.wait_until(used.now_ms + 1000)
    assert harness.store.rotate(tokens[-1], new).installed
    assert reason(harness, tokens[0]) is Reason.ROTATED
    assert reason(harness, new) is None


def a_lost_answer_to_a_rotation_locks_nobody_out(harness: Harness) -> None:
    old = begin(harness)
    lost, new = Token.new(old.bucket), Token.new(old.bucket)
    harness.store.rotate(old, lost)

    assert harness.store.rotate(old, new).installed
    assert reason(harness, new) is None


def take_ends_an_anonymous_session_and_can_be_repeated(harness: Harness) -> None:
    token = begin(harness, intents=[put("cart", b"[1]")])

    assert harness.store.take(token) == {"cart": b"[1]"}
    assert harness.store.take(token) == {"cart": b"[1]"}
    assert reason(harness, token) is Reason.ROTATED
    assert harness.store.take(begin(harness, someone())) == Ended(Reason.UNKNOWN)
