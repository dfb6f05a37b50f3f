"""The one spelling of a JSON value by which the elements of lists are compared."""

import json
import re
from contextlib import suppress
from decimal import Decimal
from typing import Any

from gateway.json_values import parse_json_value


class _Spelling(str):
    """A number that no double holds exactly, as it was written."""

    __slots__ = ()


def _exact(text: str) -> float | _Spelling:
    value = float(text)
    with suppress(ArithmeticError):  # an exponent that Decimal does not take
        if Decimal(repr(value)) == Decimal(text):
            return value
    return _Spelling(text)


# A double holds what has at most 15 digits and no exponent.
_MAY_BE_INEXACT = re.compile(rb"[0-9.]{17}|[0-9][eE]")
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), sort_keys=True).encode
_decoder = json.JSONDecoder(parse_float=_exact)


def canonical(text: bytes, pointer: str = "") -> bytes:
    """Return a JSON value's canonical spelling. Raises Problem as `parse_json_value` does.

    A number that no double holds exactly keeps the spelling it came with, so none is changed.
    """
    value = parse_json_value(text, pointer)
    if not _MAY_BE_INEXACT.search(text):
        return _encode(value).encode()
    return _spell(_decoder.decode(text.decode())).encode()


def _spell(value: Any) -> str:
    match value:
        case dict():
            pairs = (f"{_spell(name)}:{_spell(value[name])}" for name in sorted(value))
            return f"{{{','.join(pairs)}}}"
        case list():
            return f"[{','.join(map(_spell, value))}]"
        case _Spelling():
            return value
        case _:
            return _encode(value)
