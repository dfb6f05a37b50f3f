"""What is pinned in more than one place is pinned alike."""

import re
from collections import defaultdict
from pathlib import Path

ROOT = Path(__file__).parents[2]
_PIN = re.compile(r"^([a-z0-9.-]+)(?:\[[a-z0-9,]+\])?==(\S+)", re.MULTILINE)


def test_every_environment_has_the_same_version_of_a_library() -> None:
    """Else the tests would be of others than those that run, and `make test` change `make run`.

    A file may name two, each for some versions of Python.
    """
    pinned: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for file in ROOT.glob("requirements/*.txt"):
        for name, version in _PIN.findall(file.read_text()):
            pinned[name][file.name].add(version)

    assert len(pinned["gunicorn"]) > 1
    for files in pinned.values():
        assert len(set(map(frozenset, files.values()))) == 1, dict(files)
