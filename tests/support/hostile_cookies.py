"""Cookie fields that parsers read differently, and what each means to a server that is right.

The expectations are written by hand beside each row, not computed by the parser under test.
"""

from enum import Enum
from typing import NamedTuple


class Meaning(Enum):
    """What a server must make of a request's Cookie fields."""

    OPENS = "the session of the token"
    NOTHING = "no session: there is no cookie of this exact name"
    MALFORMED = "no session: the cookie is there, but not with one token"


OPENS, NOTHING, MALFORMED = Meaning.OPENS, Meaning.NOTHING, Meaning.MALFORMED


class Row(NamedTuple):
    """Cookie lines of one request, in which NAME is the cookie's name and TOKEN a live token.

    `ends`: a sign-out with them ends the session. `passes`: the part of the field that a service
    behind gets, byte for byte; None where the row says nothing about it.
    """

    name: str
    lines: tuple[bytes, ...]
    meaning: Meaning
    passes: bytes | None = None
    ends: bool = False

    def fields(self, cookie: str, token: str) -> list[bytes]:
        """Return the lines for a cookie's name and a live token."""
        real = {b"NAME": cookie.encode(), b"TOKEN": token.encode()}
        return [
            line.replace(b"NAME", real[b"NAME"]).replace(b"TOKEN", real[b"TOKEN"])
            for line in self.lines
        ]


def _opens(name: str, *lines: bytes, passes: bytes | None = None) -> Row:
    return Row(name, lines, OPENS, passes, ends=True)


def _nothing(name: str, *lines: bytes, passes: bytes | None = None) -> Row:
    return Row(name, lines, NOTHING, passes)


_MANY = [b"n%d=v" % n for n in range(300)]

PLAIN = [
    _opens("alone", b"NAME=TOKEN", passes=b""),
    _opens("first", b"NAME=TOKEN; a=1", passes=b"a=1"),
    _opens("last", b"a=1; NAME=TOKEN", passes=b"a=1"),
    _opens("between", b"a=1; NAME=TOKEN; b=2", passes=b"a=1; b=2"),
    _opens("no space after the semicolon", b"a=1;NAME=TOKEN;b=2", passes=b"a=1;b=2"),
    _opens("two spaces", b"a=1;  NAME=TOKEN"),
    _opens("a tab before", b"a=1;\tNAME=TOKEN"),
    _opens("a tab behind", b"NAME=TOKEN\t; a=1"),
    _opens("a space behind", b"NAME=TOKEN ; a=1"),
    _opens("empty pairs", b";; NAME=TOKEN;;"),
    _opens("a nameless neighbour", b"=x; NAME=TOKEN", passes=b"=x"),
    _opens("a neighbour without a value", b"flag; NAME=TOKEN", passes=b"flag"),
    _opens("the same twice", b"NAME=TOKEN; NAME=TOKEN", passes=b""),
    _opens("300 neighbours before", b"; ".join([*_MANY, b"NAME=TOKEN"])),
    _opens("300 neighbours behind", b"; ".join([b"NAME=TOKEN", *_MANY])),
    _opens("6 KB before", b"a=" + b"x" * 6_000 + b"; NAME=TOKEN"),
    _opens("a Latin-1 byte beside", b"naam=J\xfcrgen; NAME=TOKEN", passes=b"naam=J\xfcrgen"),
    _opens("UTF-8 in a neighbour", "stad=Köln; NAME=TOKEN".encode(), passes="stad=Köln".encode()),
    _opens("quotes in a neighbour", b'a="x y"; NAME=TOKEN', passes=b'a="x y"'),
    _opens("an open quote before", b'a="x; NAME=TOKEN', passes=b'a="x'),
    _opens("a comma in a neighbour", b"a=1,2; NAME=TOKEN", passes=b"a=1,2"),
]  # fmt: skip

NEIGHBOURS = [
    _opens("a name that ends with ours", b"x.NAME=1; NAME=TOKEN", passes=b"x.NAME=1"),
    _opens("my-, then ours", b"my-NAME=1; NAME=TOKEN", passes=b"my-NAME=1"),
    _opens("a name that begins with ours", b"NAME2=1; NAME=TOKEN", passes=b"NAME2=1"),
    _opens("ours in a value", b"next=/?NAME=1; NAME=TOKEN", passes=b"next=/?NAME=1"),
    _opens("ours in a value behind", b"NAME=TOKEN; next=/?NAME=1", passes=b"next=/?NAME=1"),
    _opens("ours as a value", b"a=NAME; NAME=TOKEN", passes=b"a=NAME"),
    _opens("ours behind an equals sign", b"a=NAME=1; NAME=TOKEN", passes=b"a=NAME=1"),
    _opens("ours behind a comma of a value", b"a=1,NAME=2; NAME=TOKEN", passes=b"a=1,NAME=2"),
    _opens("another prefix before", b"x__Host-NAME=1; NAME=TOKEN", passes=b"x__Host-NAME=1"),
    _opens("a dot behind", b"NAME.x=1; NAME=TOKEN", passes=b"NAME.x=1"),
    _opens("a colon before", b"a:NAME=1; NAME=TOKEN", passes=b"a:NAME=1"),
    _opens("the name without a value, then ours", b"NAME; NAME=TOKEN", passes=b""),
]  # fmt: skip

NAMES = [
    _nothing("in upper case", b"HOLDFAST=TOKEN", passes=b""),
    _nothing("in title case", b"Holdfast=TOKEN", passes=b""),
    _nothing("__host- in lower case", b"__host-holdfast=TOKEN", passes=b""),
    _nothing("__HOST- in upper case", b"__HOST-holdfast=TOKEN", passes=b""),
    _nothing("__Secure-", b"__Secure-holdfast=TOKEN", passes=b""),
    _nothing("__secure- in lower case", b"__secure-holdfast=TOKEN", passes=b""),
    _nothing("__Http-", b"__Http-NAME=TOKEN"),
    _nothing("prefix and upper case", b"__Host-HOLDFAST=TOKEN", passes=b""),
    _nothing("a space before the equals sign", b"NAME =TOKEN", passes=b""),
    _nothing("a tab before the equals sign", b"NAME\t=TOKEN", passes=b""),
    _nothing("an equals sign before", b"=NAME=TOKEN", passes=b""),
    _nothing("equals sign and space before", b"= NAME=TOKEN", passes=b""),
    _nothing("two equals signs before", b"==NAME=TOKEN", passes=b""),
    _nothing("space, equals sign", b" =NAME=TOKEN", passes=b""),
    _nothing("the name in quotes", b'"NAME"=TOKEN', passes=b""),
    _nothing("a quote before the name", b'"NAME=TOKEN"', passes=b""),
    _nothing("a percent-encoded letter", b"%68" + b"oldfast=TOKEN"),
    _nothing("a dollar attribute", b"$Version=1; $NAME=TOKEN"),
    _nothing("no equals sign", b"NAME", passes=b""),
    _nothing("a colon for the equals sign", b"NAME:TOKEN"),
    _nothing("in the value of another", b"a=NAME=TOKEN"),
    _nothing("behind a comma", b"a=1,NAME=TOKEN"),
    _nothing("behind comma and space", b"a=1, NAME=TOKEN"),
    _nothing("in the quotes of another", b'a="NAME=TOKEN"'),
    _nothing("nothing at all", b""),
    _nothing("only semicolons", b";;;"),
]  # fmt: skip

VALUES = [
    Row("empty", (b"NAME=",), MALFORMED, b""),
    Row("quoted", (b'NAME="TOKEN"',), MALFORMED, b""),
    Row("a quote before", (b'NAME="TOKEN',), MALFORMED, b""),
    Row("a quote behind", (b'NAME=TOKEN"',), MALFORMED, b""),
    Row("a space before", (b"NAME= TOKEN",), MALFORMED, b""),
    Row("an equals sign before", (b"NAME==TOKEN",), MALFORMED, b""),
    Row("an equals sign behind", (b"NAME=TOKEN=",), MALFORMED, b""),
    Row("one character more", (b"NAME=TOKENx",), MALFORMED, b""),
    Row("a comma behind", (b"NAME=TOKEN,a=1",), MALFORMED, b""),
    Row("percent-encoded", (b"NAME=%54OKEN",), MALFORMED, b""),
    Row("not a token", (b"NAME=zzz",), MALFORMED, b""),
    Row("a Latin-1 byte behind", (b"NAME=TOKEN\xe9",), MALFORMED, b""),
    Row("byte A0 behind", (b"NAME=TOKEN\xa0",), MALFORMED, b""),
    Row("byte 85 behind", (b"NAME=TOKEN\x85",), MALFORMED, b""),
]

_OTHER = b"A" * 44

DOUBLED = [
    Row("then another value", (b"NAME=TOKEN; NAME=x",), MALFORMED, b"", ends=True),
    Row("another value before", (b"NAME=x; NAME=TOKEN",), MALFORMED, b"", ends=True),
    Row("then an empty value", (b"NAME=TOKEN; NAME=",), MALFORMED, b"", ends=True),
    Row("an empty value before", (b"NAME=; NAME=TOKEN",), MALFORMED, b"", ends=True),
    Row("then in quotes", (b'NAME=TOKEN; NAME="TOKEN"',), MALFORMED, b"", ends=True),
    Row("then another token", (b"NAME=TOKEN; NAME=" + _OTHER,), MALFORMED, b"", ends=True),
    Row("another token before", (b"NAME=" + _OTHER + b"; NAME=TOKEN",), MALFORMED, b"", ends=True),
    Row("twice, then another", (b"NAME=TOKEN; NAME=TOKEN; NAME=x",), MALFORMED, b"", ends=True),
    _opens("a leftover in upper case beside", b"HOLDFAST=zzz; NAME=TOKEN", passes=b""),
    _opens("a leftover of __Secure- beside", b"__Secure-holdfast=zzz; NAME=TOKEN", passes=b""),
    _opens("a lookalike with A0 beside", b"\xa0NAME=zzz; NAME=TOKEN", passes=b""),
    _opens("the forms' cookie beside", b"NAME-form=zzz; NAME=TOKEN", passes=b""),
]  # fmt: skip

SPLIT = [
    _opens("in the second line", b"a=1", b"NAME=TOKEN", passes=b"a=1"),
    _opens("in the first line", b"NAME=TOKEN", b"a=1", passes=b"a=1"),
    _opens("in the second of three", b"a=1", b"NAME=TOKEN", b"b=2", passes=b"a=1; b=2"),
    _opens("in the last of three", b"a=1", b"b=2", b"NAME=TOKEN", passes=b"a=1; b=2"),
    _opens("the same in two lines", b"NAME=TOKEN", b"NAME=TOKEN", passes=b""),
    _opens("behind an empty line", b"", b"NAME=TOKEN"),
    Row("another value in the second", (b"NAME=TOKEN", b"NAME=x"), MALFORMED, b"", ends=True),
    Row("another value in the first", (b"NAME=x", b"NAME=TOKEN"), MALFORMED, b"", ends=True),
    Row("name and value in two lines", (b"NAME=", b"TOKEN"), MALFORMED),
    _nothing("a lookalike in the second", b"a=1", b"\xa0NAME=TOKEN", passes=b"a=1"),
]

# No HTTP server takes the other control bytes inside of a field.
_ODD = [b"\x0b", b"\x0c", b"\x1c", b"\x1f", b"\x7f"]
_HIGH = [bytes([n]) for n in range(0x80, 0x100)]
_WIDE = [text.encode() for text in ("\u00a0", "\u2003", "\u200b", "\u3000", "\ufeff", "\u0085")]


def _before(odd: bytes) -> Row:
    return _nothing(f"{odd.hex()} before the name", b"a=1; " + odd + b"NAME=TOKEN", passes=b"a=1")


def _behind(odd: bytes) -> Row:
    return _nothing(f"{odd.hex()} behind the name", b"NAME" + odd + b"=TOKEN", passes=b"")


def _at_the_start(odd: bytes) -> Row:
    return _nothing(f"{odd.hex()} at the start", odd + b"NAME=TOKEN", passes=b"")


ODD_BYTES = [
    *map(_before, [*_HIGH, *_WIDE]),
    *map(_behind, [*_HIGH, *_WIDE]),
    *map(_at_the_start, _WIDE),
]
CONTROLS = [*map(_before, _ODD), *map(_behind, _ODD)]
"""A server may refuse a request with one of these bytes as a whole (RFC 9110, 5.5)."""

FAMILIES = {
    "plain": PLAIN,
    "neighbours": NEIGHBOURS,
    "names": NAMES,
    "values": VALUES,
    "doubled": DOUBLED,
    "split": SPLIT,
    "odd bytes": ODD_BYTES,
    "controls": CONTROLS,
}
