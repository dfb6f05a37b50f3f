"""What counts as a JSON value, and how list elements are spelled (RFC 8259, RFC 7493)."""

import json
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.canonical_json import canonical
from gateway.json_values import MOST_DEPTH, parse_json_value
from servicekit.problems import Problem


def fault(text: bytes) -> str | None:
    with pytest.raises(Problem) as refused:
        parse_json_value(text)
    if refused.value.name == "bad-request":
        return None
    assert refused.value.name == "invalid-request"
    return str(refused.value.members["errors"][0]["pointer"])


@pytest.mark.parametrize(
    ("text", "pointer"),
    [
        (b"1e400", ""),
        (b"[1, -1e309]", "/1"),
        (b"9" * 310, ""),
        (b"[" + b"9" * 5000 + b"]", "/0"),
        (b'{"a": {"b": 1, "b": 1}}', "/a/b"),
        (b'{"a": 1, "\\u0061": 1}', "/a"),
        (b'{"~/": 1, "~/": 1}', "/~0~1"),
        (b'"\\ud800"', ""),
        (b'["x", "\\udc00\\ud800"]', "/1"),
        (b'{"\\uD800": 1}', ""),
        (b"[" * (MOST_DEPTH + 1) + b"]" * (MOST_DEPTH + 1), "/0" * MOST_DEPTH),
        (b'{"a":' * (MOST_DEPTH + 1) + b"1" + b"}" * (MOST_DEPTH + 1), "/a" * MOST_DEPTH),
        (b"[" * 100_000, ""),
    ],
)
def test_json_that_readers_take_differently_is_pointed_at(text: bytes, pointer: str) -> None:
    assert fault(text) == pointer


@pytest.mark.parametrize(
    "text",
    [b"", b" ", b"nul", b"NaN", b"-Infinity", b"01", b"1.", b".5", b"+1", b"0x1", b"1 2", b"[1,]",
     b"{a:1}", b"'a'", b'"a', b'"\x01"', b'"\\x"', b'"\\u12"', b"\xef\xbb\xbf1", b"\xff\xfe1\x00",
     b'"\xed\xa0\x80"', b'"\xc0\x80"', b"[1e400", b'{"a":1,"a":2', b"1\x00", b"1\x0c", b"\xc2\xa01",
     b"// x\n1"],
)  # fmt: skip
def test_what_is_not_json_in_utf_8_has_no_pointer(text: bytes) -> None:
    assert fault(text) is None


@pytest.mark.parametrize(
    "text",
    [b"1" + b"0" * 308, b"1" + b"0" * 400 + b"e-400", b"0." + b"1" * 400, b"1e-400",
     b'"\\ud83d\\udc1a"',
     b'"\\\\ud800"', b'"' + b"[" * 200 + b'"', b"[" * MOST_DEPTH + b"]" * MOST_DEPTH,
     b" \t\r\n1 ",
     b"[" + b"[]," * 200 + b"1]", b'{"":0}', '"\ufeff\uffff"'.encode(), b'"\\u0000"'],
)  # fmt: skip
def test_other_json_is_taken(text: bytes) -> None:
    parse_json_value(text)
    json.loads(canonical(text))


@pytest.mark.parametrize(
    ("text", "spelled"),
    [
        (b' {"b": 1, "a": "\\u00e9"} ', '{"a":"é","b":1}'),
        (b"1e2", "100.0"),
        (b"1.50", "1.5"),
        (b"0.1", "0.1"),
        (b"12345678901234567890", "12345678901234567890"),
        (b"0.12345678901234567890", "0.12345678901234567890"),
        (b"[1e-400, 12345678901234567.5]", "[1e-400,12345678901234567.5]"),
        (b"1e-99999999999999999999", "1e-99999999999999999999"),
        (b'"\\/\\u2028"', '"/\u2028"'),
    ],
)
def test_the_canonical_spelling_changes_no_number(text: bytes, spelled: str) -> None:
    assert canonical(text).decode() == spelled
    assert canonical(canonical(text)).decode() == spelled


def test_hostile_texts_are_read_in_linear_time() -> None:
    start = process_time()
    for text in (b'"' + b'\\"' * 120_000, b"9" * 250_000, b"[" * 250_000, b'{"a":' * 50_000,
                 b"1e" + b"9" * 250_000, b'{"a":1,' * 35_000, b"-" * 250_000):  # fmt: skip
        with pytest.raises(Problem):
            parse_json_value(text)
    assert process_time() - start < 5


SCALARS = st.none() | st.booleans() | st.text() | st.floats(allow_nan=False, allow_infinity=False)


@given(st.recursive(SCALARS, lambda one: st.lists(one) | st.dictionaries(st.text(), one)))
def test_every_value_that_json_can_write_is_read_as_it_was(value: object) -> None:
    text = json.dumps(value).encode()
    assert parse_json_value(text) == value
    assert json.loads(canonical(text)) == value
