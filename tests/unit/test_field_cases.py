"""Each regression test in tests/field says who reported the case and which rule decides it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FIELD = Path(__file__).parents[1] / "field"
_REPORT = re.compile(r"^Report: \S.*\.$", re.MULTILINE)
_RULE = re.compile(r"^Rule: \S.*\.$", re.MULTILINE)


def cases() -> Iterator[tuple[str, str]]:
    """Yield the name of each test in tests/field and its docstring without indentation."""
    for path in sorted(FIELD.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.name}::{node.name}", ast.get_docstring(node) or ""


def test_every_case_names_its_report_and_its_rule() -> None:
    lacking = [name for name, text in cases() if not (_REPORT.search(text) and _RULE.search(text))]

    assert not lacking, "\n".join(lacking)
