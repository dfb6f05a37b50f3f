"""Takes tables and pictures of the last runs over into docs/performance.md: `make bench-docs`."""

import argparse
import re
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]
DOCUMENT, RUNS = ROOT / "docs" / "performance.md", ROOT / ".bench"
_TABLE = re.compile(r"(<!-- table (?P<name>[a-z0-9-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_PICTURE = re.compile(r"\(images/bench/(?P<name>[a-z0-9-]+\.png)\)")


def publish(document: Path, runs: Path) -> list[str]:
    """Replace every table and picture of the document that the runs have; return their names.

    A table stands between `<!-- table NAME -->` and `<!-- end -->`, and comes from NAME.md.
    """
    taken: list[str] = []

    def replaced(match: re.Match[str]) -> str:
        file = runs / f"{match['name']}.md"
        if not file.exists():
            return match[0]
        taken.append(file.name)
        return match[1] + file.read_text() + match[3]

    text = _TABLE.sub(replaced, document.read_text())
    document.write_text(text)
    for name in dict.fromkeys(_PICTURE.findall(text)):
        if (runs / name).exists():
            (document.parent / "images" / "bench").mkdir(parents=True, exist_ok=True)
            shutil.copy(runs / name, document.parent / "images" / "bench" / name)
            taken.append(name)
    return taken


def main() -> int:
    """Do it for this tree; 2 when there is nothing to take over."""
    argparse.ArgumentParser("bench.publish", description=__doc__).parse_args()
    taken = publish(DOCUMENT, RUNS)
    if not taken:
        print(f"nothing in {RUNS}: run make bench first", file=sys.stderr)
        return 2
    print("taken over:", " ".join(taken))
    return 0


if __name__ == "__main__":
    sys.exit(main())
