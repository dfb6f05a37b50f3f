"""What was broken on purpose, when: one JSON object a line, in `marks.jsonl` beside the record."""

from pathlib import Path

import msgspec

from loadtests.profiles import UsageError
from loadtests.record import Mark


def path_in(folder: Path) -> Path:
    """Return where the marks of a run stand."""
    return folder / "marks.jsonl"


def append(folder: Path, mark: Mark) -> None:
    """Note a fault."""
    told = {name: getattr(mark, name) for name in mark.__struct_fields__}
    with path_in(folder).open("ab") as file:
        file.write(msgspec.json.encode(told) + b"\n")


def read(folder: Path) -> list[Mark]:
    """Return the faults noted; none when nothing was. Raises UsageError."""
    path = path_in(folder)
    if not path.exists():
        return []
    lines = [line for line in path.read_bytes().splitlines() if line.strip()]
    try:
        return [msgspec.json.decode(line, type=_Told).mark() for line in lines]
    except msgspec.MsgspecError as error:
        raise UsageError(f"{path}: {error}") from None


class _Told(msgspec.Struct):
    """A mark as people write it: by names."""

    kind: str
    what: str
    start: int
    end: int
    may_lose_us: int = 0

    def mark(self) -> Mark:
        return Mark(self.kind, self.what, self.start, self.end, self.may_lose_us)
