"""Which path auth routes, and what a parameter in it is."""

from typing import Any

import pytest
from werkzeug.exceptions import BadRequest
from werkzeug.routing import Map

from auth.paths import Segment, encoded_path


@pytest.mark.parametrize(
    ("target", "path"),
    [
        ("/a%2Fb/c?d=/e", "/a%2Fb/c"),
        ("/a%2fb;c", "/a%2fb;c"),
        ("/a#b", "/a"),
        ("//a//b", "//a//b"),
        ("/a/../b", "/a/../b"),
        ("/\xe9", "/%E9"),
        ("/%zz", "/%zz"),
        ("http://host/a%2Fb?c", "/a%2Fb"),
        ("HTTP://u@host:1", "/"),
        ("*", "*"),
        ("", "/"),
    ],
)
def test_the_path_is_that_of_the_target_still_encoded(target: str, path: str) -> None:
    assert encoded_path({"RAW_URI": target, "PATH_INFO": "/decoded"}) == path


def test_without_a_target_the_decoded_path_is_encoded_again() -> None:
    assert encoded_path({"PATH_INFO": "/a%2Fb/\xc3\xa9"}) == "/a%252Fb/%C3%A9"


@pytest.mark.parametrize(
    ("segment", "text"),
    [
        ("a", "a"),
        ("a%2Fb", "a/b"),
        ("a%252Fb", "a%2Fb"),
        ("a;b+c", "a;b+c"),
        ("%C3%A9", "é"),
        ("...", "..."),
    ],
)
def test_a_segment_is_decoded_once(segment: str, text: str) -> None:
    converter: Any = Segment(Map())
    assert converter.to_python(segment) == text
    assert converter.to_python(converter.to_url(text)) == text


@pytest.mark.parametrize(
    "segment", [".", "..", "%2e%2E", "a%00", "a%0a", "a%7F", "%c2%85", "%ff", "%c0%af", "%", "%zz"]
)
def test_a_segment_that_nothing_is_named_by_is_refused(segment: str) -> None:
    converter: Any = Segment(Map())
    with pytest.raises(BadRequest):
        converter.to_python(segment)
