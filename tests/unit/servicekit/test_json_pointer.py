"""What msgspec refuses is pointed at as RFC 6901 says."""

from typing import Any

import msgspec
import pytest

from servicekit.json_pointer import locate


class Inner(msgspec.Struct):
    """An element."""

    by: int


class Body(msgspec.Struct, forbid_unknown_fields=True):
    """A body with values of each kind."""

    name: str = ""
    roles: list[str] = []
    grid: list[list[int]] = []
    ops: list[Inner] = []
    named: dict[str, list[int]] = {}


@pytest.mark.parametrize(
    ("body", "pointer"),
    [
        ([], ""),
        ({"nme": 1}, ""),
        ({"name": 1}, "/name"),
        ({"roles": 1}, "/roles"),
        ({"roles": ["a", 1]}, "/roles/1"),
        ({"roles": ["a"] * 10 + [1]}, "/roles/10"),
        ({"grid": [[1], [1, "a"]]}, "/grid/1/1"),
        ({"ops": [{"by": 1}, {"by": "a"}]}, "/ops/1/by"),
        ({"ops": [{}]}, "/ops/0"),
        ({"named": {"a": [1, "b"]}}, "/named"),
    ],
)
def test_a_fault_is_pointed_at(body: Any, pointer: str) -> None:
    with pytest.raises(msgspec.ValidationError) as refused:
        msgspec.json.decode(msgspec.json.encode(body), type=Body)
    detail, found = locate(refused.value)
    assert (found, "`$" in detail) == (pointer, False)
