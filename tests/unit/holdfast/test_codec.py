"""A value that would not come back is refused, by an error that names it."""

import math
from typing import Any

import pytest

from holdfast.web.codec import Codec, UnsupportedValue


@pytest.mark.parametrize(
    "value", [{1: 2}, {"a": [{None: 1}]}, math.nan, [math.inf], "\ud800", {1}, b"", object()]
)
def test_plain_json_keeps_what_json_knows_and_nothing_else(value: Any) -> None:
    with pytest.raises(UnsupportedValue, match=r"^session\['basket'\]: "):
        Codec().dumps(value, "basket")


def test_what_is_in_itself_is_refused() -> None:
    circle: list[Any] = []
    circle.append(circle)

    with pytest.raises(UnsupportedValue, match="basket"):
        Codec().dumps(circle, "basket")
