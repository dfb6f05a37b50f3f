"""The field Forwarded (RFC 7239, 4)."""

import re
from collections.abc import Iterator, Sequence

_NAME = r"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
# What a client has sent is on the left, and may be anything, such as a quote without an end.
# What a proxy adds is behind a comma on the right, so elements are read from there.
_QUOTED = r'"(?:[^"\\]|\\.)*"'
# Proxies write addresses without the quotes that RFC 7239 asks for, too.
_PAIR = re.compile(rf"[ \t]*({_NAME})=({_QUOTED}|[^\s\",;]*)[ \t]*")
_ELEMENT = rf"[ \t]*(?:{_NAME}=(?:{_QUOTED}|[^\s\",;]*)[ \t]*)?"
_LAST = re.compile(rf"(?:^|,)({_ELEMENT}(?:;{_ELEMENT})*)\Z")
_ESCAPED = re.compile(r"\\(.)")


def elements_from_the_right(fields: Sequence[str]) -> Iterator[dict[str, str]]:
    """Yield the parameters of each element, by lower-case name, the nearest proxy's first.

    Ends at the first element that is malformed: what is left of it was not added by a proxy that
    follows RFC 7239.
    """
    for field in reversed(fields):
        rest: str | None = field
        while rest is not None:
            found = _LAST.search(rest)
            if not found:
                return
            yield {name.lower(): _value(value) for name, value in _PAIR.findall(found[1])}
            rest = rest[: found.start()] if found[0].startswith(",") else None


def _value(text: str) -> str:
    return _ESCAPED.sub(r"\1", text[1:-1]) if text.startswith('"') else text
