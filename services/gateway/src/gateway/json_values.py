"""JSON values from outside, judged by one rule wherever they come in (RFC 8259, RFC 7493).

Text that is not JSON in UTF-8 is 400. JSON that common readers would take in different ways, or
not at all, is 422 with a pointer to it (RFC 6901), because every client has to be able to read
`GET /session`: a name that an object has twice, a lone surrogate, a number beyond the range of a
double, and nesting deeper than MOST_DEPTH.
"""

import json
import re
from collections import Counter
from collections.abc import Iterator
from math import isinf
from typing import Any

from servicekit.problems import Problem

MOST_DEPTH = 100
# The greatest double has 309 digits.
_LONG = re.compile(rb"[0-9]{309}")
_SURROGATE = re.compile("[\ud800-\udfff]")
Fault = tuple[str, str]


class _Beyond:
    """A number beyond the range of a double."""


class _Object(dict[str, Any]):
    """An object that knows which of its names it has twice."""

    def __init__(self, pairs: list[tuple[str, Any]]) -> None:
        super().__init__(pairs)
        counts = Counter(name for name, _ in pairs)
        self.doubled = [name for name, count in counts.items() if count > 1]


class _SuspectError(ValueError):
    """The text needs a closer look."""


def _refuse_constant(_: str) -> Any:
    raise ValueError("not JSON")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    made = dict(pairs)
    if len(made) < len(pairs):
        raise _SuspectError
    return made


def _float(text: str) -> float:
    value = float(text)
    if isinf(value):
        raise _SuspectError
    return value


def _beyond(text: str) -> Any:
    return _Beyond() if isinf(float(text)) else None


# The first reads nearly all texts; the second knows what is wrong at which place.
_plain = json.JSONDecoder(
    parse_constant=_refuse_constant, parse_float=_float, object_pairs_hook=_object
)
_closer = json.JSONDecoder(
    parse_constant=_refuse_constant,
    parse_float=_beyond,
    parse_int=_beyond,
    object_pairs_hook=_Object,
)


def invalid(detail: str, pointer: str = "") -> Problem:
    """Make the 422 that points at what is wrong (RFC 6901)."""
    return Problem("invalid-request", detail, errors=[{"detail": detail, "pointer": pointer}])


def parse_json_value(text: bytes, pointer: str = "", *, most_depth: int = MOST_DEPTH) -> Any:
    """Parse a JSON text. Raises Problem bad-request or invalid-request.

    `pointer`: where the text is within the body.
    """
    try:
        if b"\\u" not in text and (len(text) <= MOST_DEPTH or not _is_suspect(text)):
            return _plain.decode(text.decode())
    except (RecursionError, ValueError):
        pass  # which of the two answers it is takes a closer look
    return _parse_closely(text, pointer, most_depth)


def _parse_closely(text: bytes, pointer: str, most_depth: int) -> Any:
    try:
        decoded = text.decode()
        fault = next(_faults(_closer.decode(decoded), pointer, most_depth), None)
    except RecursionError:
        fault = _too_deep(pointer)
    except ValueError:
        raise Problem("bad-request", "The body is not valid JSON.") from None
    if fault:
        raise invalid(*fault)
    return _plain.decode(decoded)


def _is_suspect(text: bytes) -> bool:
    """Say whether a long text may have what `_plain` reads without an error."""
    return text.count(b"[") + text.count(b"{") > MOST_DEPTH or _LONG.search(text) is not None


def _too_deep(pointer: str) -> Fault:
    return f"The value is nested deeper than {MOST_DEPTH} levels.", pointer


def _faults(value: Any, pointer: str, depth: int) -> Iterator[Fault]:
    match value:
        case _Beyond():
            yield "The number is beyond the range of a double.", pointer
        case str() if _SURROGATE.search(value):
            yield "The string has half of a surrogate pair.", pointer
        case list() | _Object() if depth == 0:
            yield _too_deep(pointer)
        case list():
            for number, one in enumerate(value):
                yield from _faults(one, f"{pointer}/{number}", depth - 1)
        case _Object():
            yield from _faults_of_names(value, pointer)
            for name, one in value.items():
                yield from _faults(one, _below(pointer, name), depth - 1)


def _faults_of_names(value: _Object, pointer: str) -> Iterator[Fault]:
    if any(map(_SURROGATE.search, value)):
        yield "A name has half of a surrogate pair.", pointer
    for name in value.doubled:
        yield "The object has this name twice.", _below(pointer, name)


def _below(pointer: str, name: str) -> str:
    return f"{pointer}/{name.replace('~', '~0').replace('/', '~1')}"
