"""Writes the tables of docs from docs/requirements.toml and the names of the tests.

`python tests/security_table.py` rewrites them; a test holds them to be up to date.
"""

import re
import tomllib
from functools import cache
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "docs" / "requirements.toml"
KIT = ROOT / "packages" / "holdfast" / "src" / "holdfast" / "conformance"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"
# Which ids stand in which document; all others in docs/security.md.
ELSEWHERE = {
    "failures.md": ("OUT",),
    "operations.md": ("RED", "GUN", "CON"),
    "observability.md": ("OBS",),
    "kubernetes.md": ("K8S",),
}
DOCUMENTS = ("security.md", *ELSEWHERE)
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
_CASE = re.compile(r"^def ([a-z]\w+)", re.MULTILINE)
# As in test_OUT_02_09_a_frozen_redis_is_given_up_in_time, or GUN_13_and_16.
_IDS = re.compile(r"_([A-Z][A-Z0-9]{2})((?:(?:_and)?_\d\d)+)(?=_)")

Shown = dict[str, list[str]]


@cache
def told() -> dict[str, Any]:
    """Return what docs/requirements.toml tells of each id, and under "also" of tests."""
    return tomllib.loads(REQUIREMENTS.read_text())


def requirements() -> dict[str, dict[str, str]]:
    """Return what is told of each id."""
    return {name: one for name, one in told().items() if name != "also"}


def ids_of(test: str) -> set[str]:
    """Return the ids that a test shows, by its name or by what is told of it."""
    named = {
        f"{kind}-{number}"
        for kind, numbers in _IDS.findall(test)
        for number in re.findall(r"\d\d", numbers)
    }
    return named | set(told()["also"].get(test, ()))


@cache
def every_test() -> list[tuple[str, str]]:
    """Return each test, and each case of the kit that is told of, with where it stands."""
    found = [
        (test, f"{file.parent.name}/{file.stem.removeprefix('test_')}")
        for file in sorted((ROOT / "tests").rglob("test_*.py"))
        for test in _TEST.findall(file.read_text())
    ]
    cases = {one for file in KIT.glob("*.py") for one in _CASE.findall(file.read_text())}
    return found + [(one, "contract") for one in sorted(cases & told()["also"].keys())]


@cache
def shown() -> Shown:
    """Return the files of the tests that show each id."""
    found: Shown = {}
    for test, place in every_test():
        for one in ids_of(test):
            found.setdefault(one, []).append(place)
    return {one: list(dict.fromkeys(places)) for one, places in found.items()}


def _document_of(name: str) -> str:
    kind = name.partition("-")[0]
    return next((one for one, kinds in ELSEWHERE.items() if kind in kinds), "security.md")


def _how(name: str, one: dict[str, str]) -> str:
    parts = [", ".join(shown()[name])] if name in shown() else []
    if "measured" in one:
        parts.append(f"[measured]({one['measured']})")
    if "not_met" in one:
        parts.append(f"**not met**: {one['not_met']}")
    if "partly" in one:
        parts.append(f"**partly**: {one['partly']}")
    return "; ".join(parts)


def table(document: str) -> str:
    """Return a document's table."""
    source = "ASVS 5.0" if document == "security.md" else "source"
    rows = [f"| id | | {source} | requirement | tests |", "|---|---|---|---|---|"]
    for name, one in requirements().items():
        if _document_of(name) == document:
            cells = (name, one["grade"], one.get("asvs", ""), one["says"], _how(name, one))
            rows.append(f"| {' | '.join(cells)} |")
    return "\n".join(rows) + "\n"


def rendered(document: str) -> str:
    """Return a document with today's table."""
    before, _, rest = (ROOT / "docs" / document).read_text().partition(BEGIN)
    return f"{before}{BEGIN}{table(document)}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    for document in DOCUMENTS:
        (ROOT / "docs" / document).write_text(rendered(document))
