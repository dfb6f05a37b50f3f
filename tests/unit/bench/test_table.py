"""Tables for the screen and for documents."""

from bench import table
from bench.lanes import HOLDFAST, INCREMENT, READ, Lane
from bench.measurement import Measurement
from bench.rounds import Sample
from bench.summary import lanes

SEEN = Measurement(1234.5, 1.25, 9.0, 100, 0)
ROWS = table.lanes(
    lanes(
        [
            Sample(0, Lane(HOLDFAST, READ), SEEN, 2000, None),
            Sample(0, Lane(HOLDFAST, INCREMENT), SEEN, 2000, 0.5),
        ]
    )
)


def test_columns_of_text_stand_under_each_other() -> None:
    head, first, second = table.text(ROWS).splitlines()

    assert head.index("answers/s") == first.index("1234") == second.index("1234")
    assert head.index("kept") == second.index("50%")


def test_markdown_has_a_cell_for_every_column_of_every_row() -> None:
    lines = table.markdown(ROWS).splitlines()

    assert len(lines) == 1 + len(ROWS)
    assert {line.count("|") for line in lines} == {8}
