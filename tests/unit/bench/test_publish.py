"""Figures get into the document by themselves."""

from pathlib import Path

from bench.publish import publish

DOCUMENT = """# Fast
<!-- table bench-32 -->
old
<!-- end -->
words in between
<!-- table scale -->
kept
<!-- end -->
![bars](images/bench/bench-32.png)
"""


def test_what_the_runs_have_replaces_what_the_document_had_and_the_rest_stays(
    tmp_path: Path,
) -> None:
    document, runs = tmp_path / "docs" / "fast.md", tmp_path / "runs"
    document.parent.mkdir()
    runs.mkdir()
    document.write_text(DOCUMENT)
    (runs / "bench-32.md").write_text("| new |\n")
    (runs / "bench-32.png").write_bytes(b"picture")

    assert publish(document, runs) == ["bench-32.md", "bench-32.png"]
    assert document.read_text() == DOCUMENT.replace("old\n", "| new |\n")
    assert (document.parent / "images" / "bench" / "bench-32.png").read_bytes() == b"picture"


def test_without_runs_nothing_changes(tmp_path: Path) -> None:
    document = tmp_path / "fast.md"
    document.write_text(DOCUMENT)

    assert publish(document, tmp_path) == []
    assert document.read_text() == DOCUMENT
