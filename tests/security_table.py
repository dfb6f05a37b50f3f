"""Writes the table of docs/security.md from docs/requirements.toml and the names of the tests.

`python tests/security_table.py` rewrites it; a test holds it to be up to date.
"""

import re
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
DOCUMENT, REQUIREMENTS = ROOT / "docs" / "security.md", ROOT / "docs" / "requirements.toml"
BEGIN, END = "<!-- table: begin -->\n", "<!-- table: end -->"
_TEST = re.compile(r"^\s*(?:async )?def test_((?:[A-Z]{3}_\d\d_)+)", re.MULTILINE)


def shown() -> dict[str, int]:
    """Return how many tests carry each id in their names."""
    counts: dict[str, int] = {}
    for file in sorted((ROOT / "tests").rglob("test_*.py")):
        for found in _TEST.findall(file.read_text()):
            for one in re.findall(r"[A-Z]{3}_\d\d", found):
                name = one.replace("_", "-")
                counts[name] = counts.get(name, 0) + 1
    return counts


def table() -> str:
    """Return the table."""
    counts = shown()
    rows = ["| id | ASVS 5.0 | requirement | shown by |", "|---|---|---|---|"]
    for name, told in tomllib.loads(REQUIREMENTS.read_text()).items():
        tests = f"{counts[name]} tests" if counts.get(name, 0) > 1 else "1 test"
        how = f"not met: {told['not_met']}" if "not_met" in told else tests
        rows.append(f"| {name} | {told['asvs']} | {told['says']} | {how} |")
    return "\n".join(rows) + "\n"


def rendered() -> str:
    """Return the document with today's table."""
    before, _, rest = DOCUMENT.read_text().partition(BEGIN)
    return f"{before}{BEGIN}{table()}{END}{rest.partition(END)[2]}"


if __name__ == "__main__":
    DOCUMENT.write_text(rendered())
