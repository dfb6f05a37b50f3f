"""Each regression test in tests/field says who reported the case and which rule decides it."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

FIELD = Path(__file__).parents[1] / "field"
_REPORT = re.compile(r"^Report: \S.*\.$", re.MULTILINE)
_PUBLIC = re.compile(r"([\w./-]+)#[0-9]+")
_KNOWN_AS = {"new-features": "django", "expressjs": "express-session"}
_RULE = re.compile(r"^Rule: \S.*\.$", re.MULTILINE)


def cases() -> Iterator[tuple[str, str]]:
    """Yield the name of each test in tests/field and its docstring without indentation."""
    for path in sorted(FIELD.glob("test_*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                yield f"{path.name}::{node.name}", ast.get_docstring(node) or ""


def test_the_documents_count_the_cases_and_name_the_systems_that_they_come_from() -> None:
    text = (FIELD.parents[1] / "docs/assurance.md").read_text()
    reports = [found[0] for _, doc in cases() if (found := _REPORT.search(doc))]
    public = [one for one in reports if _PUBLIC.search(one)]
    systems = {
        name.split("/")[0 if "express" in name else -1]
        for one in public
        for name in _PUBLIC.findall(one)
    }

    assert f"{len(reports)} tests" in text
    assert f"{len(public)} of the tests come from public reports" in text
    assert not [name for name in systems if _KNOWN_AS.get(name, name).lower() not in text.lower()]


def test_every_case_names_its_report_and_its_rule() -> None:
    lacking = [name for name, text in cases() if not (_REPORT.search(text) and _RULE.search(text))]

    assert not lacking, "\n".join(lacking)
