"""The six changes on JSON texts, in Python: what lua/data.lua and lua/lists.lua follow."""

import re
from collections.abc import Callable

from holdfast.intents import MAX_SAFE_INTEGER, Op

_INTEGER = re.compile(rb"[ \t\r\n]*(-?(?:0|[1-9][0-9]{0,15}))[ \t\r\n]*")
_MARK = re.compile(rb'[\[\]{}",]')
_QUOTE = re.compile(rb'["\\]')
_SPACE = b" \t\r\n"

Value = bytes | None
"""A JSON text, or None where there is no value."""


class OtherKindError(Exception):
    """The change does not fit the value's kind."""


def _end_of_string(text: bytes, at: int) -> int:
    """Return where the string that opens at `at` closes."""
    while True:
        found = _QUOTE.search(text, at + 1)
        if not found:
            raise OtherKindError
        if found.group() == b'"':
            return found.start()
        at = found.start() + 1


def elements(text: bytes) -> list[bytes]:
    """Split a JSON list into its elements' texts, trimmed. Raises OtherKindError."""
    if not text.lstrip(_SPACE).startswith(b"["):
        raise OtherKindError
    parts, depth, start, at = [], 0, text.index(b"[") + 1, 0
    while found := _MARK.search(text, at):
        at, mark = found.start(), found.group()
        if mark == b'"':
            at = _end_of_string(text, at)
        elif mark in b"[{":
            depth += 1
        elif mark in b"]}":
            depth -= 1
        if (mark == b"," and depth == 1) or (mark in b"]}" and depth == 0):
            parts.append(text[start:at].strip(_SPACE))
            start = at + 1
            if depth == 0:
                return [part for part in parts if part]
        at += 1
    raise OtherKindError


def _set(_: Value, value: bytes) -> Value:
    return value


def _delete(_: Value, __: bytes) -> Value:
    return None


def _increment(old: Value, by: bytes) -> Value:
    found = _INTEGER.fullmatch(b"0" if old is None else old)
    if not found:
        raise OtherKindError
    before = int(found[1])
    after = before + int(by)
    if max(abs(before), abs(after)) > MAX_SAFE_INTEGER:
        raise OtherKindError
    return b"%d" % after


def _append(old: Value, value: bytes) -> Value:
    if old is None:
        return b"[" + value + b"]"
    if not elements(old):
        return b"[" + value + b"]"
    return old.rstrip(_SPACE)[:-1] + b"," + value + b"]"


def _add(old: Value, value: bytes) -> Value:
    if old is not None and value in elements(old):
        return old
    return _append(old, value)


def _remove(old: Value, value: bytes) -> Value:
    if old is None:
        return None
    before = elements(old)
    rest = [part for part in before if part != value]
    return old if len(rest) == len(before) else b"[" + b",".join(rest) + b"]"


CHANGES: dict[Op, Callable[[Value, bytes], Value]] = {
    Op.SET: _set,
    Op.DELETE: _delete,
    Op.INCREMENT: _increment,
    Op.APPEND: _append,
    Op.ADD: _add,
    Op.REMOVE: _remove,
}
