"""Where a JSON body is wrong, as a JSON pointer (RFC 6901)."""

import re

import msgspec

_STEP = re.compile(r"\.(\w+)|\[(\d+)\]")


def locate(error: msgspec.ValidationError) -> tuple[str, str]:
    """Return what msgspec says is wrong, and the pointer of the value it says so of.

    msgspec writes `$.roles[1]`. It does not name the key of a map, so the pointer ends at the map.
    """
    detail, _, path = str(error).partition(" - at `$")
    known = path.rstrip("`").partition("[...]")[0]
    return detail, "".join(f"/{name or index}" for name, index in _STEP.findall(known))
