"""If-Match and If-None-Match: how they are read and what they admit (RFC 9110, 13)."""

import pytest

from gateway.conditional import ANY, Conditions, conditions_of, parse_tags
from gateway.request import Fields
from holdfast.conditions import ABSENT, holds
from servicekit.problems import Problem

TAG, OTHER = "a" * 40, "b" * 40


def conditions(**fields: str) -> Conditions:
    names = {name.replace("_", "-").encode(): text.encode() for name, text in fields.items()}
    found = conditions_of(Fields(list(names.items())))
    assert found
    return found


@pytest.mark.parametrize(
    ("text", "strong", "weak"),
    [
        ("*", ANY, ANY),
        (" * ", ANY, ANY),
        ("", set(), set()),
        ('"a"', {"a"}, {"a"}),
        ('""', {""}, {""}),
        ('W/"a"', set(), {"a"}),
        ('"a", W/"b" ,"c"', {"a", "c"}, {"a", "b", "c"}),
        (', ,"a",,\t,"b",', {"a", "b"}, {"a", "b"}),
        ('"a,b"', {"a,b"}, {"a,b"}),
        ('"a\xff\\"', {"a\xff\\"}, {"a\xff\\"}),
        ('"*"', {"*"}, {"*"}),
    ],
)
def test_a_list_of_entity_tags_is_read(text: str, strong: object, weak: object) -> None:
    assert parse_tags(text, strong=True) == strong
    assert parse_tags(text, strong=False) == weak


@pytest.mark.parametrize(
    "text",
    ["a", "'a'", '"a', 'a"', '"a" "b"', '"a""b"', 'w/"a"', 'W/ "a"', 'W"a"', "W/", '"a b"',
     '"a\tb"', '"a\x7f"', "*, *", '"a", *', '*"a"', "**", "\x0b*", '"a";q=1', "\xa0" + '"a"'],
)  # fmt: skip
def test_what_is_not_a_list_of_entity_tags_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="entity-tags"):
        parse_tags(text, strong=True)
    with pytest.raises(Problem) as refused:
        conditions(if_none_match=text)
    assert refused.value.name == "bad-request"


def test_a_long_hostile_list_is_read_in_linear_time() -> None:
    for text in (" " * 100_000 + "x", '"' * 100_001, "," * 100_000 + "x", "W/" * 50_000):
        with pytest.raises(ValueError, match="entity-tags"):
            parse_tags(text, strong=True)


def test_a_request_without_conditions_has_none() -> None:
    assert conditions_of(Fields([(b"if-range", b'"a"'), (b"if-modified-since", b"x")])) is None


def test_lines_of_one_field_are_joined() -> None:
    fields = Fields([(b"if-match", b'"x"'), (b"a", b"b"), (b"if-match", f'"{TAG}"'.encode())])
    found = conditions_of(fields)
    assert found
    assert holds(found.for_commit(), TAG)


@pytest.mark.parametrize(
    ("fields", "admitted"),
    [
        ({"if_match": "*"}, {TAG, OTHER}),
        ({"if_match": f'"{TAG}"'}, {TAG}),
        ({"if_match": f'W/"{TAG}"'}, set()),
        ({"if_match": f'"{TAG}", "{OTHER}", "x"'}, {TAG, OTHER}),
        ({"if_match": '"-"'}, set()),
        ({"if_match": '","'}, set()),
        ({"if_match": ""}, set()),
        ({"if_none_match": "*"}, {ABSENT}),
        ({"if_none_match": f'"{TAG}"'}, {OTHER, ABSENT}),
        ({"if_none_match": f'W/"{TAG}"'}, {OTHER, ABSENT}),
        ({"if_none_match": '"-"'}, {TAG, OTHER, ABSENT}),
        ({"if_none_match": '"!"'}, {TAG, OTHER, ABSENT}),
        ({"if_match": "*", "if_none_match": "*"}, set()),
        ({"if_match": f'"{TAG}"', "if_none_match": "*"}, set()),
        ({"if_match": "*", "if_none_match": f'"{TAG}"'}, {OTHER}),
        ({"if_match": f'"{TAG}", "{OTHER}"', "if_none_match": f'"{TAG}"'}, {OTHER}),
    ],
)
def test_a_write_is_admitted_by_the_tags_that_meet_both_fields(
    fields: dict[str, str], admitted: set[str]
) -> None:
    condition = conditions(**fields).for_commit()
    assert {tag for tag in (TAG, OTHER, ABSENT) if holds(condition, tag)} == admitted


def test_a_read_is_304_for_a_weak_match_and_412_before_that_for_no_strong_one() -> None:
    assert conditions(if_none_match=f'W/"{TAG}"').unchanged(TAG)
    assert conditions(if_none_match="*").unchanged(TAG)
    assert not conditions(if_none_match=f'"{OTHER}"').unchanged(TAG)
    assert not conditions(if_match=f'"{TAG}"').unchanged(TAG)
    both = conditions(if_match=f'W/"{TAG}"', if_none_match=f'"{TAG}"')
    with pytest.raises(Problem) as refused:
        both.unchanged(TAG)
    assert refused.value.name == "version-conflict"
