"""Tokens and intents: what is refused before any store call."""

import base64
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast import Intent, Keys, Op, Token
from holdfast.errors import InvalidIntent, MalformedToken


def test_SES_03_a_derived_token_is_a_users_and_depends_on_each_bit() -> None:
    names = [bytes([n, m]) for n in range(64) for m in range(64)]
    tokens = [Token.derived(b"k" * 32, name, 7) for name in names]

    assert len({token.text for token in tokens}) == len(tokens)
    assert {token.bucket for token in tokens} == {7}
    assert not any(token.is_anonymous for token in tokens)
    assert Token.derived(b"k" * 32, b"n", 7) == Token.derived(b"k" * 32, b"n", 7)
    assert Token.derived(b"K" * 32, b"n", 7) != Token.derived(b"k" * 32, b"n", 7)


@given(st.integers(0, 255))
def test_a_token_leads_to_its_bucket_and_reads_back(bucket: int) -> None:
    token = Token.new(bucket)

    assert len(token.text) == 44
    assert Token.parse(token.text).bucket == bucket
    assert token.text not in repr(token)


def test_ten_thousand_tokens_are_all_different_from_the_first_characters_on() -> None:
    tokens = {Token.new(0).text[:22] for _ in range(10_000)}

    assert len(tokens) == 10_000


@given(st.integers(0, 255))
def test_a_token_says_whether_it_was_made_for_an_anonymous_session(bucket: int) -> None:
    of_a_user, anonymous = Token.new(bucket), Token.anonymous()

    assert not of_a_user.is_anonymous
    assert anonymous.is_anonymous
    assert Token.parse(anonymous.text).is_anonymous
    for token in (of_a_user, anonymous):
        new = token.renewed()
        assert (new.bucket, new.is_anonymous) == (token.bucket, token.is_anonymous)
        assert new != token


def test_anonymous_sessions_spread_over_all_buckets() -> None:
    assert len({Token.anonymous().bucket for _ in range(10_000)}) == 256


@given(st.text().filter(lambda text: len(text) != 44))
def test_text_of_another_length_is_malformed(text: str) -> None:
    with pytest.raises(MalformedToken):
        Token.parse(text)


@pytest.mark.parametrize("text", ["*" * 44, "a" * 43 + "=", "a" * 43 + "\n", "é" * 44, "a" * 45])
def test_other_characters_are_malformed(text: str) -> None:
    with pytest.raises(MalformedToken):
        Token.parse(text)


@pytest.mark.parametrize("name", ["", "a" * 65, "a b", "ä", "a\n", "a/b"])
def test_a_bad_data_name_is_refused(name: str) -> None:
    with pytest.raises(InvalidIntent):
        Intent(Op.SET, name, b"1")


@pytest.mark.parametrize("by", [b"9007199254740992", b"-9007199254740992", b"1.5", b"", b"x"])
def test_an_unsafe_increment_is_refused(by: bytes) -> None:
    with pytest.raises(InvalidIntent):
        Intent(Op.INCREMENT, "n", by)


def test_an_empty_tag_does_not_pass_as_no_condition() -> None:
    with pytest.raises(InvalidIntent):
        Intent(Op.SET, "a", b"1", "")


@given(st.binary(min_size=1, max_size=130), st.binary(min_size=1, max_size=130))
def test_names_in_the_store_are_hmacs_under_the_pepper(pepper: bytes, other: bytes) -> None:
    token = Token.new(7)

    def name(key: bytes) -> str:
        whole = hmac.digest(key, token.text.encode(), "sha256")
        return base64.urlsafe_b64encode(whole[:24]).decode()

    keys = Keys("hf", pepper, other)
    assert (keys.suffix(token), keys.previous_suffix(token)) == (name(pepper), name(other))
