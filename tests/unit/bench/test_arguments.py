"""What makes no sense on the command line is said in one line."""

import pytest

from bench.arguments import read
from bench.errors import BenchError
from bench.lanes import OTHERS, WORKS


def test_without_any_word_all_work_is_compared_with_whoever_is_here() -> None:
    options = read([])

    assert (options.only, options.against, options.connections) == (WORKS, None, [32])


@pytest.mark.parametrize(
    ("words", "names"),
    [
        (["--only", "reed"], ["--only", "'reed'", *WORKS]),
        (["--against", "ruby"], ["--against", "'ruby'", *OTHERS]),
        (["--rounds", "0"], ["--rounds", "'0'"]),
        (["--connections", "many"], ["--connections", "'many'"]),
        (["--fast"], ["--fast"]),
    ],
)
def test_a_word_that_makes_no_sense_is_named_in_one_line(
    words: list[str], names: list[str]
) -> None:
    with pytest.raises(BenchError) as caught:
        read(words)

    message = str(caught.value)
    assert "\n" not in message
    assert [name for name in names if name not in message] == []
