"""The Lua scripts, each with the shared parts it stands on and the SHA-1 Redis knows it by."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

_PARTS = {"create": ("common", "data"), "commit": ("common", "data")}


@dataclass(frozen=True, slots=True)
class Script:
    """A script's name, its whole text and its digest for EVALSHA."""

    name: str
    source: bytes
    sha: str


@cache
def script(name: str) -> Script:
    """Read a script once."""
    folder = files("holdfast") / "lua"
    parts = (*_PARTS.get(name, ("common",)), name)
    source = "\n".join((folder / f"{part}.lua").read_text("utf-8") for part in parts).encode()
    return Script(name, source, hashlib.sha1(source, usedforsecurity=False).hexdigest())
