"""The Cookie field, read as a server must read it (RFC 6265, 5.4; RFC 6265bis, 5.8.3).

A name is compared byte for byte, and only SP and HTAB around a pair are ignored. Text methods trim
more, A0 and 85 among it, and would read a cookie that a sibling host may set as one with `__Host-`.
"""

import re
from collections.abc import Iterable, Sequence
from functools import cache

from holdfast.errors import MalformedToken
from holdfast.token import Token

MOST_TOKENS = 8
"""A browser has one for each host and path that set one; a field of 16 KB holds 300."""

_WHITESPACE = b" \t"
_PREFIX = re.compile(r"__(?:host|secure)-", re.IGNORECASE)
# What some parser somewhere trims: controls, quotes, and every byte of a space outside of ASCII.
_TRIMMED = rb'[\x00-\x20"\x7f-\xff]*'


def joined(fields: Iterable[bytes]) -> bytes:
    """Return several Cookie fields as the one that they stand for (RFC 9113, 8.2.3)."""
    return b"; ".join(fields)


def apart(field: bytes) -> bytes:
    """Return a field in which the lines that a WSGI or CGI server joined by commas are apart.

    Commas inside of values are taken for such joints, too. So this reading names each token that
    any other names: right for what a log-out ends, never for what opens a session.
    """
    return field.replace(b",", b";")


def values_of(name: str, field: bytes) -> list[str]:
    """Return the values of a cookie in a Cookie field, in order, doubled ones too.

    A value is what was sent: quotes belong to it (RFC 6265bis, 5.8.3), and no token has any.
    """
    start = name.encode() + b"="
    if start not in field:
        return []
    pairs = [pair.strip(_WHITESPACE) for pair in field.split(b";")]
    return [pair[len(start) :].decode("latin-1") for pair in pairs if pair.startswith(start)]


def token_of(values: Sequence[str]) -> Token | None:
    """Return the one token among values, None where there is no value. Raises MalformedToken.

    Two different values are malformed: another host or path injected one (cookie tossing).
    """
    if not values:
        return None
    if len(values) > 1 and len(set(values)) > 1:
        raise MalformedToken
    return Token.parse(values[0])


def tokens_of(values: Iterable[str]) -> list[Token]:
    """Return the different tokens among values, in order. A malformed value names no session.

    Raises MalformedToken for more than MOST_TOKENS, since each costs calls to the store.
    """
    found: dict[str, Token] = {}
    for value in values:
        try:
            found[value] = Token.parse(value)
        except MalformedToken:
            continue
    if len(found) > MOST_TOKENS:
        raise MalformedToken
    return [*found.values()]


@cache
def lookalikes(*names: str) -> re.Pattern[bytes]:
    """Return what matches the start of each pair that some parser could read as one of `names`.

    Parsers trim more than they should, compare without case, ignore `__Host-` and `__Secure-`, and
    read `=name=x` as `name=x` (RFC 6265bis, 5.6).
    """
    bare = b"|".join(re.escape(_PREFIX.sub("", name).encode()) for name in names)
    pattern = rb"(?:%s=)*%s(?:__(?:host|secure)-)?(?:%s)%s(?:[=;]|\Z)"
    return re.compile(pattern % (_TRIMMED, _TRIMMED, bare, _TRIMMED), re.IGNORECASE)


def without(names: re.Pattern[bytes], field: bytes) -> bytes:
    """Return a Cookie field without the pairs that match; the others byte for byte."""
    pairs = field.split(b";")
    kept = [pair for pair in pairs if not names.match(pair)]
    return field if len(kept) == len(pairs) else b";".join(kept).strip(_WHITESPACE)
