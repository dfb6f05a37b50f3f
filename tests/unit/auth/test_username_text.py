"""User names as text: which are taken, and which are equal."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from auth import lookalikes, usernames
from auth.errors import InvalidUsername


@pytest.mark.parametrize("text", ["", " ", "a" * 65, "a\nb", "a\0", "a\u200b", "\u200e", "\ue000"])
def test_a_text_that_never_was_a_name_cannot_sign_in(text: str) -> None:
    with pytest.raises(InvalidUsername):
        usernames.normalise(text)


@pytest.mark.parametrize(
    "old",
    ["admin\ufe0f", "\u3164", "\u2800", "\uff21", "\u0430d\u0430", "\ufb01n", "a  b", ".."],
)
def test_a_name_that_is_refused_today_may_be_an_older_accounts(old: str) -> None:
    assert usernames.normalise(old) == old


def test_names_are_compared_without_case_width_composition_and_outer_space() -> None:
    assert usernames.normalise(" Cafe\u0301\t") == "Caf\u00e9"
    for one, other in (
        ("CAFE\u0301", "caf\u00e9"),
        ("STRASSE", "straße"),
        ("ΣΊΣΥΦΟΣ", "σίσυφος"),
        ("\uff2bim", "kim"),
        ("Kim\u00a0 Lee ", "kim lee"),
        ("ﬁn", "FIN"),
    ):
        assert usernames.key_of(one) == usernames.key_of(other)


@given(st.text(max_size=70))
def test_a_new_name_is_found_by_the_version_before_too(text: str) -> None:
    """A name that is taken has one key by both rules, and judging it again changes nothing."""
    try:
        name = usernames.judge(text)
    except InvalidUsername:
        return
    assert usernames.key_of(name) == usernames.exact_key_of(name)
    assert usernames.normalise(name) == name == usernames.judge(name)
    assert len(usernames.key_of(name)) <= 256


@given(st.text(alphabet=st.characters(categories=["Ll", "Lu", "Lo", "Mn", "Nd"]), max_size=20))
def test_a_skeleton_is_of_a_name_whatever_its_case(text: str) -> None:
    key = usernames.key_of(text)
    assert lookalikes.skeleton(key) == lookalikes.skeleton(usernames.key_of(key))
    assert not text.isascii() or lookalikes.skeleton(key) == key
