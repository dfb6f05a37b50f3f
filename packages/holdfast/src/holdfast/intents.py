"""What a request wants to change. A commit carries intents, never the whole session."""

import hashlib
import re
from dataclasses import dataclass
from enum import StrEnum

from holdfast.errors import InvalidIntent

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,64}", re.ASCII)
# White space around a value has no meaning (RFC 8259, 2).
_JSON_BEGINS = re.compile(rb'[ \t\r\n]*(?:["{\[]|-?[0-9]|true|false|null)')
_INTEGER = re.compile(rb"-?[0-9]{1,16}")
MAX_SAFE_INTEGER = 2**53 - 1


class Op(StrEnum):
    """The six changes."""

    SET = "set"
    DELETE = "delete"
    INCREMENT = "increment"
    APPEND = "append"
    ADD = "add"
    REMOVE = "remove"


def tag_of(value: bytes) -> str:
    """Return the tag of a value: SHA-1 of its bytes in hex, as Redis computes it. No secret."""
    return hashlib.sha1(value, usedforsecurity=False).hexdigest()


@dataclass(frozen=True, slots=True)
class Intent:
    """One change of one data name.

    `value` is a JSON text (`increment`: a decimal integer; `delete`: empty). `add` and `remove`
    compare canonical JSON made by the caller. `if_tag` is the tag of the value the change was
    based on, ABSENT, a condition of several tags (holdfast.conditions), or None for no condition.
    Raises InvalidIntent, also for what does not begin as JSON does (NaN, Infinity). To send JSON
    (RFC 8259) from there on is the caller's part: stores do not parse values.
    """

    op: Op
    name: str
    value: bytes = b""
    if_tag: str | None = None

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name):
            raise InvalidIntent("a data name is 1-64 of A-Z a-z 0-9 _ . -")
        if self.op is Op.INCREMENT and not _is_safe_integer(self.value):
            raise InvalidIntent("an increment is an integer within +-(2^53 - 1)")
        if self.if_tag == "":
            raise InvalidIntent("an empty tag is no condition")
        if self.op is not Op.DELETE and not self.value:
            raise InvalidIntent(f"{self.op} needs a value")
        if self.op is not Op.DELETE and not _JSON_BEGINS.match(self.value):
            raise InvalidIntent("a value is a JSON text")


def _is_safe_integer(text: bytes) -> bool:
    return bool(_INTEGER.fullmatch(text)) and abs(int(text)) <= MAX_SAFE_INTEGER
