"""`make compare-docs`: takes the last comparison, as a table and a picture, into the documents."""

import re
import shutil
from pathlib import Path

import msgspec

from loadtests.comparison import ROWS, Cell
from loadtests.profiles import UsageError

_ROOT = Path(__file__).parents[3]
DOCUMENT = _ROOT / "docs" / "load-tests.md"
_TABLE = re.compile(r"(<!-- table compare -->\n).*?(<!-- end -->)", re.DOTALL)


class _Comparison(msgspec.Struct, frozen=True):
    """What of compare.json is published."""

    machine: str
    answers: dict[str, dict[str, Cell]]


def publish(out: Path, document: Path) -> None:
    """Replace the document's table, and the picture beside it. Raises UsageError."""
    told, picture = out / "compare.json", out / "compare.svg"
    if not (told.exists() and picture.exists()):
        raise UsageError(f"nothing in {out}: run make compare first")
    table = _table(msgspec.json.decode(told.read_bytes(), type=_Comparison))
    text, count = _TABLE.subn(lambda match: match[1] + table + match[2], document.read_text())
    if not count:
        raise UsageError(f"{document} has no <!-- table compare -->")
    document.write_text(text)
    shutil.copy(picture, document.parent / "images" / "compare.svg")


def _table(comparison: _Comparison) -> str:
    names = list(comparison.answers)
    rows = [["", *names], ["---"] * (len(names) + 1)]
    rows += [[row, *(_cell(one[row]) for one in comparison.answers.values())] for row in ROWS]
    lines = [f"| {' | '.join(row)} |" for row in rows]
    seen = comparison.machine.partition(";")[0]  # without the kernel
    return f"Seen on {seen}:\n\n" + "\n".join(lines).replace("|  |", "| |") + "\n"


def _cell(cell: Cell) -> str:
    told = f"**{cell.told}**" if cell.good else cell.told
    return f"{told} {cell.more}".rstrip()
