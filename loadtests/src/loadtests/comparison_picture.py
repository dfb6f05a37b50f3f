"""The table of `make compare` as an SVG that stands alone, on light and on dark ground."""

from collections.abc import Iterator
from dataclasses import dataclass

import jinja2

from loadtests.comparison import ABOUT, ROWS, Answers, Cell

_LABEL, _COLUMN, _HEAD, _ROW, _BAR = 206, 156, 62, 52, 126


@dataclass(frozen=True, slots=True)
class _Box:
    """A cell where it stands, in pixels; `bar` is how long its bar is."""

    cell: Cell
    x: int
    y: int
    bar: int

    @property
    def mood(self) -> str:
        return {True: "good", False: "bad", None: ""}[self.cell.good]


def draw(answers: Answers, told: str) -> str:
    """Return the picture; `told` stands below the table."""
    names = [(name, _LABEL + number * _COLUMN) for number, name in enumerate(answers)]
    questions = [(question, _HEAD + number * _ROW) for number, question in enumerate(ROWS)]
    boxes = [box for question, y in questions for box in _boxes(answers, question, names, y)]
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("loadtests", "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )
    return environment.get_template("compare.svg").render(
        width=_LABEL + len(names) * _COLUMN + 8,
        height=_HEAD + len(ROWS) * _ROW + 34,
        names=names,
        questions=questions,
        about=ABOUT,
        boxes=boxes,
        told=told,
    )


def _boxes(answers: Answers, question: str, names: list[tuple[str, int]], y: int) -> Iterator[_Box]:
    row = {name: answers[name][question] for name, _ in names}
    # Shares are of all; what has no such whole is drawn beside the longest.
    whole = 1.0 if any(cell.good is not None for cell in row.values()) else 0.0
    most = whole or max(cell.size for cell in row.values()) or 1.0
    for name, x in names:
        yield _Box(row[name], x, y, round(_BAR * row[name].size / most))
