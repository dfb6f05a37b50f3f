"""What `make compare` found gets into the document by itself."""

from pathlib import Path

import msgspec
import pytest

from loadtests.comparison import ROWS, Cell
from loadtests.profiles import UsageError
from loadtests.publish import publish

DOCUMENT = "before\n<!-- table compare -->\nold\n<!-- end -->\nafter\n"


def test_the_table_and_the_picture_of_the_last_comparison_replace_those_of_the_document(
    tmp_path: Path,
) -> None:
    document = tmp_path / "page.md"
    (tmp_path / "images").mkdir()
    document.write_text(DOCUMENT)
    row = dict.fromkeys(ROWS, Cell("7", "of 100", good=False))
    answers = {"holdfast": row | {"cross-talk": Cell("0", "of 9", good=True)}, "other": row}
    told = {"machine": "2026-11-24, 2 cores; Linux-6", "answers": answers, "phases": {}}
    (tmp_path / "compare.json").write_bytes(msgspec.json.encode(told))
    (tmp_path / "compare.svg").write_text("<svg/>")

    publish(tmp_path, document)

    lines = document.read_text().splitlines()
    assert lines[:6] == [
        "before",
        "<!-- table compare -->",
        "Seen on 2026-11-24, 2 cores:",
        "",
        "| | holdfast | other |",
        "| --- | --- | --- |",
    ]
    assert "| cross-talk | **0** of 9 | 7 of 100 |" in lines
    assert lines[-2:] == ["<!-- end -->", "after"]
    assert (tmp_path / "images" / "compare.svg").read_text() == "<svg/>"


def test_without_a_comparison_nothing_changes(tmp_path: Path) -> None:
    document = tmp_path / "page.md"
    document.write_text(DOCUMENT)

    with pytest.raises(UsageError, match="run make compare first"):
        publish(tmp_path, document)
    assert document.read_text() == DOCUMENT
