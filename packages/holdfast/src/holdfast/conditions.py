"""Conditions of a commit: what the tag of a value, or the version of the data, has to be.

A condition is a text that lua/data.lua reads, too: entries separated by commas, one of which must
be the current tag, or "!" as the first of them, and then none of the others may be. An absent
value has the tag ABSENT.
"""

from collections.abc import Iterable

ABSENT = "-"
"""The tag of a value that does not exist; alone, the condition If-None-Match: *."""

_NOT = "!"


def any_of(tags: Iterable[str]) -> str:
    """Return the condition that the current tag is one of `tags`; without any, it never holds."""
    return "," + ",".join(sorted(tags))


def none_of(tags: Iterable[str]) -> str:
    """Return the condition that the current tag is none of `tags`."""
    return ",".join([_NOT, *sorted(tags)])


def holds(condition: str, current: str) -> bool:
    """Say whether a condition, or a single tag, admits the tag `current`."""
    return (current in condition.split(",")) != condition.startswith(_NOT)
