"""Values of Flask's sessions as JSON texts: what Flask's own cookie keeps is kept alike.

Flask's cookie is read by Flask alone. These texts are read by the gateway and by other services, so
what Python writes but JSON does not know is tagged, as Flask does for its own kinds.
"""

import json
import math
import re
from typing import Any

from flask import Flask
from flask.json.provider import DefaultJSONProvider
from flask.json.tag import JSONTag, TaggedJSONSerializer

from holdfast.web.codec import Codec

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_FINITE = {"nan": math.nan, "inf": math.inf, "-inf": -math.inf}
# Readers take numbers for doubles (RFC 7493, 2.2), which end here.
_TOO_LARGE = 2**1024
_MOST_DIGITS = 4_300  # as many as Python reads


class _TagFloat(JSONTag):
    """A float that JSON has no number for."""

    key = " f"

    def check(self, value: Any) -> bool:
        return isinstance(value, float) and not math.isfinite(value)

    def to_json(self, value: Any) -> str:
        return repr(float(value))

    def to_python(self, value: Any) -> Any:
        return _NOT_FINITE.get(value, {self.key: value}) if isinstance(value, str) else value


class _TagInt(JSONTag):
    """An integer beyond all doubles."""

    key = " i"

    def check(self, value: Any) -> bool:
        return isinstance(value, int) and not -_TOO_LARGE < value < _TOO_LARGE

    def to_json(self, value: Any) -> str:
        return str(int(value))

    def to_python(self, value: Any) -> Any:
        # Another writer of the session may have put anything under this key.
        digits = isinstance(value, str) and value.removeprefix("-").isdecimal()
        return int(value) if digits and len(value) <= _MOST_DIGITS else {self.key: value}


class _TagText(JSONTag):
    """A text with half of a surrogate pair, which UTF-8 cannot have (RFC 3629, 3)."""

    key = " s"

    def check(self, value: Any) -> bool:
        return isinstance(value, str) and bool(_SURROGATE.search(value))

    def to_json(self, value: Any) -> str:
        return json.dumps(value)[1:-1]

    def to_python(self, value: Any) -> Any:
        try:
            return str(json.loads(f'"{value}"'))
        except ValueError:
            return {self.key: value}


_TAGGED = TaggedJSONSerializer()
for _kind in (_TagFloat, _TagInt, _TagText):
    _TAGGED.register(_kind)


def codec_of(app: Flask) -> Codec:
    """Return the codec of an application, whose JSON provider writes what JSON has no kind for."""

    def default(value: Any) -> Any:
        # Looked up late: an application may replace its provider after its sessions were set up.
        write = getattr(app.json, "default", DefaultJSONProvider.default)
        return _numbers_tagged(_with_text_keys(write(value)))

    return Codec(_packed, _TAGGED.untag, default)


def _packed(value: Any) -> Any:
    return _TAGGED.tag(_with_text_keys(value))


def _numbers_tagged(value: Any) -> Any:
    """Tag the numbers in what a provider made of a value, which Flask does not look at again."""
    match value:
        case dict():
            return {key: _numbers_tagged(inner) for key, inner in value.items()}
        case list() | tuple():
            return [_numbers_tagged(inner) for inner in value]
        case float() | int() | str():
            return _TAGGED.tag(value)
        case _:
            return value


def _with_text_keys(value: Any) -> Any:
    """Turn keys into texts, as Flask's cookie gives them back. Raises TypeError."""
    match value:
        case dict():
            made = {_text_key(key): _with_text_keys(inner) for key, inner in value.items()}
            if len(made) != len(value):
                raise TypeError("two keys of a dictionary are the same text")
            return made
        case list():
            return [_with_text_keys(inner) for inner in value]
        case tuple():
            return tuple(_with_text_keys(inner) for inner in value)
        case _:
            return value


def _text_key(key: Any) -> str:
    match key:
        case str() if _SURROGATE.search(key):
            raise TypeError("a key of a dictionary has half of a surrogate pair")
        case str():
            return key
        case None | bool() | int() | float():
            return json.dumps(key)
        case _:
            raise TypeError(f"a key of a dictionary is neither text nor number: {key!r}")
