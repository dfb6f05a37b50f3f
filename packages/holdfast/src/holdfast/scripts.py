"""The Lua scripts, each with the shared parts it stands on and the SHA-1 Redis knows it by."""

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

EVERY = (
    *("load", "commit", "create", "rotate", "take", "peek", "list_user", "epoch", "recognise"),
    *("end", "end_one", "end_user", "end_everybody", "count", "forgive", "ping"),
)
"""The scripts of all verbs."""
_COMMAND = re.compile(r"redis\.p?call\('([A-Z]+)'")
_PART = re.compile(r"^ *--@ (\w+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Script:
    """A script's name, its whole text and its digest for EVALSHA."""

    name: str
    source: bytes
    sha: str


@cache
def script(name: str) -> Script:
    """Read a script once."""
    source = _text(name).encode()
    return Script(name, source, hashlib.sha1(source, usedforsecurity=False).hexdigest())


def _text(name: str) -> str:
    """Return a file's text; a line `--@ part` stands for that of another."""
    text = (files("holdfast") / "lua" / f"{name}.lua").read_text("utf-8")
    return _PART.sub(lambda part: _text(part[1]), text)


def commands(*names: str) -> tuple[str, ...]:
    """List every command that these scripts may run."""
    texts = (script(name).source.decode() for name in names)
    return tuple(sorted({one for text in texts for one in _COMMAND.findall(text)}))
