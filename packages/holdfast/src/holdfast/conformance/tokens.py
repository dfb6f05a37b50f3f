"""New tokens for old (G6)."""

from holdfast.conformance.case import begin, put, reason, someone
from holdfast.conformance.harness import Harness
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


def eight_old_tokens_are_remembered(harness: Harness) -> None:
    tokens = [begin(harness)]
    for _ in range(9):
        tokens.append(Token.new(tokens[0].bucket))
        harness.store.rotate(tokens[-2], tokens[-1])

    assert reason(harness, tokens[0]) is Reason.ROTATED
    assert reason(harness, tokens[1]) is None


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
