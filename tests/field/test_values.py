"""Values as JSON texts: white space around them, and what is not JSON."""

import pytest
from support.people import Person

from holdfast import Intent, Op
from holdfast.errors import InvalidIntent

OPS = [
    ("5\n", "increment", {"by": 1}, 6),
    (" \t\r\n-5\t", "increment", {"by": 1}, -4),
    ("5", "increment", {"by": -5}, 0),
    ("\n[ 1 ]\r\n", "append", {"value": 2}, [1, 2]),
    ("\t[ ]\n", "append", {"value": 2}, [2]),
    ("\n[ 1 ,\t2 ]\n", "add", {"value": 2}, [1, 2]),
    ("\n[ 1 ,\t2 ]\n", "remove", {"value": 2}, [1]),
]


def test_white_space_around_a_value_has_no_meaning_for_a_change(person: Person) -> None:
    """Each change of a value that was put with white space around it succeeds.

    Report: this project's review (case F18).
    Rule: RFC 8259, 2.
    """
    for text, op, more, after in OPS:
        headers = {"content-type": "application/json"}
        put = person.call("PUT", "/session/data/a", content=text, headers=headers)
        assert put.status_code == 200
        assert person.get("/session/data/a").text == text
        answer = person.patch({"op": op, "name": "a", **more})
        assert (answer.status_code, answer.json().get("values")) == (200, {"a": after}), text


def test_what_does_not_begin_as_json_does_is_not_an_intent() -> None:
    """NaN, Infinity and other texts that are not JSON are refused before any store is asked.

    Report: getsentry/sentry#1979 (case F7).
    Rule: RFC 8259, 3 and 6.
    """
    for text in (b"NaN", b"Infinity", b"-Infinity", b"+1", b".5", b"'a'", b"None", b"\x0b1"):
        for op in (Op.SET, Op.APPEND, Op.ADD, Op.REMOVE):
            with pytest.raises(InvalidIntent):
                Intent(op, "a", text)
