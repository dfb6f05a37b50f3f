"""Writes the tables of docs from docs/requirements.toml and the names of the tests.

`python tests/security_table.py` rewrites them; a test holds them to be up to date.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENTS = ROOT / "docs" / "requirements.toml"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"
# Which ids stand in which document; all others in docs/security.md.
ELSEWHERE = {"failures.md": ("OUT",), "operations.md": ("RED", "GUN", "CON")}
DOCUMENTS = ("security.md", *ELSEWHERE)
_TEST = re.compile(r"^\s*(?:async )?def (test_\w+)", re.MULTILINE)
# As in test_OUT_02_09_a_frozen_redis_is_given_up_in_time.
_IDS = re.compile(r"_([A-Z]{3})((?:_\d\d)+)(?=_)")

Shown = dict[str, list[str]]


def shown() -> Shown:
    """Return the files of the tests that carry each id in their names, one entry a test."""
    found: Shown = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        place = f"{file.parent.name}/{file.stem.removeprefix('test_')}"
        for test in _TEST.findall(file.read_text()):
            for kind, numbers in _IDS.findall(test):
                for number in numbers.split("_")[1:]:
                    found.setdefault(f"{kind}-{number}", []).append(place)
    return found


def _document_of(name: str) -> str:
    kind = name.partition("-")[0]
    return next((one for one, kinds in ELSEWHERE.items() if kind in kinds), "security.md")


def table(document: str) -> str:
    """Return a document's table."""
    tests = shown()
    source = "ASVS 5.0" if document == "security.md" else "source"
    rows = [f"| id | {source} | requirement | tests |", "|---|---|---|---|"]
    for name, told in tomllib.loads(REQUIREMENTS.read_text()).items():
        if _document_of(name) != document:
            continue
        places = dict.fromkeys(tests.get(name, ()))
        how = f"not met: {told['not_met']}" if "not_met" in told else ", ".join(places)
        rows.append(f"| {name} | {told['asvs']} | {told['says']} | {how} |")
    return "\n".join(rows) + "\n"


def rendered(document: str) -> str:
    """Return a document with today's table."""
    before, _, rest = (ROOT / "docs" / document).read_text().partition(BEGIN)
    return f"{before}{BEGIN}{table(document)}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    for document in DOCUMENTS:
        (ROOT / "docs" / document).write_text(rendered(document))
