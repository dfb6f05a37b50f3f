"""What a condition on a value's tag or on a version admits."""

import pytest

from holdfast.conditions import ABSENT, any_of, holds, none_of


@pytest.mark.parametrize(
    ("condition", "admitted", "refused"),
    [
        ("a1", ["a1"], ["a", "1", "a11", ABSENT]),
        (ABSENT, [ABSENT], ["a1"]),
        (any_of(["a1", "b2"]), ["a1", "b2"], ["a1,b2", "b", ABSENT]),
        (any_of([]), [], ["a1", ABSENT]),
        (any_of(["3", "13"]), ["3", "13"], ["1", "33"]),
        (none_of(["a1"]), ["b2", ABSENT], ["a1"]),
        (none_of([ABSENT]), ["a1"], [ABSENT]),
        (none_of([]), ["a1", ABSENT], []),
    ],
)
def test_a_condition_admits_exactly_the_tags_it_names(
    condition: str, admitted: list[str], refused: list[str]
) -> None:
    assert [holds(condition, tag) for tag in admitted] == [True] * len(admitted)
    assert [holds(condition, tag) for tag in refused] == [False] * len(refused)
