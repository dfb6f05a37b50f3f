"""CPU time of whole process groups, and the core they have, by /proc (Linux).

Where others use the machine too, requests per second suffer and answers per CPU second hardly.
"""

import os
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

# Positions behind the name in /proc/<pid>/stat: proc(5) fields 5, 14 and 15.
_GROUP, _USER, _SYSTEM = 2, 11, 12


def _live(groups: Collection[int]) -> Iterator[tuple[Path, list[str]]]:
    """Yield the folder of each live process of these groups, and its fields behind the name."""
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name before may hold anything, so count from its closing bracket.
            fields = (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:  # It ended while we looked.
            continue
        if int(fields[_GROUP]) in groups:
            yield folder, fields


def used_seconds(groups: Collection[int]) -> float:
    """Return the CPU seconds that the live processes of these groups have used so far."""
    ticks = sum(int(fields[_USER]) + int(fields[_SYSTEM]) for _, fields in _live(groups))
    return ticks / os.sysconf("SC_CLK_TCK")


def move(groups: Collection[int], core: int) -> None:
    """Give the live processes of these groups, and what they start from here on, this core."""
    for folder, _ in _live(groups):
        for thread in (folder / "task").glob("[0-9]*"):
            with suppress(ProcessLookupError):  # It ended while we looked.
                os.sched_setaffinity(int(thread.name), {core})
