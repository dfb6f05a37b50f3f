"""The one parser of Cookie fields, against a table whose expectations are written by hand."""

from itertools import chain

import pytest
from support.hostile_cookies import FAMILIES, MALFORMED, NOTHING, OPENS, Meaning

from holdfast import Token
from holdfast.errors import MalformedToken
from holdfast.web.cookie_header import MOST_TOKENS, joined
from sessionhttp.cookies import CookiePolicy

TOKEN = Token.new(7)
POLICIES = [CookiePolicy(secure=True), CookiePolicy(secure=False)]


def test_the_table_has_at_least_120_rows_of_different_names() -> None:
    names = [f"{family}: {row.name}" for family, rows in FAMILIES.items() for row in rows]

    assert len(names) >= 120
    assert len(names) == len(set(names))


def test_the_table_has_every_byte_above_ascii_on_both_sides_of_the_name() -> None:
    lines = {line for row in FAMILIES["odd bytes"] for line in row.lines}

    assert all(b"a=1; " + bytes([n]) + b"NAME=TOKEN" in lines for n in range(0x80, 0x100))
    assert all(b"NAME" + bytes([n]) + b"=TOKEN" in lines for n in range(0x80, 0x100))


def _meaning(policy: CookiePolicy, field: bytes) -> Meaning:
    try:
        found = policy.read(field)
    except MalformedToken:
        return MALFORMED
    assert found in (TOKEN, None)
    return OPENS if found else NOTHING


@pytest.mark.parametrize("policy", POLICIES, ids=["__Host-holdfast", "holdfast"])
@pytest.mark.parametrize("family", FAMILIES)
def test_a_field_means_what_the_table_says(family: str, policy: CookiePolicy) -> None:
    """Opens a session only by the exact cookie; a sign-out ends every session that it names."""
    wrong = []
    for row in FAMILIES[family]:
        field = joined(row.fields(policy.name, TOKEN.text))
        found = _meaning(policy, field), TOKEN in policy.read_all(field)
        if found != (row.meaning, row.ends):
            wrong.append(f"{row.name}: {found}")

    assert not wrong


@pytest.mark.parametrize("policy", POLICIES, ids=["__Host-holdfast", "holdfast"])
@pytest.mark.parametrize("family", FAMILIES)
def test_the_other_cookies_pass_byte_for_byte(family: str, policy: CookiePolicy) -> None:
    """No byte of the token passes, and stripping what was stripped changes nothing."""
    wrong = []
    for row in FAMILIES[family]:
        left = policy.strip(joined(row.fields(policy.name, TOKEN.text)))
        if policy.strip(left) != left:
            wrong.append(f"{row.name}: stripped twice")
        if row.passes is not None and left != row.passes.replace(b"NAME", policy.name.encode()):
            wrong.append(f"{row.name}: {left!r}")

    assert not wrong


def test_each_row_that_opens_nothing_names_no_session_either() -> None:
    rows = chain.from_iterable(FAMILIES.values())

    assert not [row.name for row in rows if row.meaning is NOTHING and row.ends]


def test_a_field_with_more_tokens_than_a_browser_can_have_names_none() -> None:
    values = [f"holdfast={Token.new(n).text}".encode() for n in range(MOST_TOKENS + 1)]

    assert len(POLICIES[1].read_all(joined(values[:-1]))) == MOST_TOKENS
    with pytest.raises(MalformedToken):
        POLICIES[1].read_all(joined(values))
