"""Names that look like others (UTS 39, Unicode Security Mechanisms)."""

import unicodedata
from functools import lru_cache
from itertools import groupby

from confusable_homoglyphs import categories, confusables

_COMMON = {"COMMON", "INHERITED"}
_WRITTEN_TOGETHER = (
    {"LATIN", "HAN", "HIRAGANA", "KATAKANA"},
    {"LATIN", "HAN", "BOPOMOFO"},
    {"LATIN", "HAN", "HANGUL"},
)
"""Scripts that one language mixes: UTS 39, 5.2, "Highly Restrictive"."""
_MOST_MARKS = 4
_DOT_ABOVE, _DOTTED = "\u0307", "ij\u0131\u0237"
_LEFT_TO_RIGHT_MARK = "\u200e"


def fault_of(name: str) -> str:
    """Return what makes a name in NFC look like another one, or ""."""
    scripts = {categories.alias(character) for character in name} - _COMMON
    if len(scripts) > 1 and not any(scripts <= allowed for allowed in _WRITTEN_TOGETHER):
        named = " and ".join(sorted(script.title().replace("_", " ") for script in scripts))
        return f"A user name cannot mix letters of different scripts, here {named}."
    if len({_zero(character) for character in name if character.isdecimal()}) > 1:
        return "A user name cannot mix digits of different scripts."
    if _stacks_marks(name):
        return "A user name cannot have accents that stand alone, repeat or pile up."
    return ""


def skeleton(key: str) -> str:
    """Return a form that is equal for names that look alike; `key` is a user name's key.

    As the skeleton of UTS 39, 4, but ASCII characters stay apart ("1" and "l"), and a letter
    counts as what its capital looks like as well, since names are compared without case.
    """
    if key.isascii():
        return key
    look = "".join(map(_prototype, unicodedata.normalize("NFD", key)))
    return unicodedata.normalize("NFC", look.casefold())


def _zero(digit: str) -> int:
    """Return the code point of zero in the digits that this one is of."""
    return ord(digit) - unicodedata.decimal(digit)


def _is_mark(character: str) -> bool:
    return unicodedata.category(character) in ("Mn", "Me")


def _stacks_marks(name: str) -> bool:
    """Report whether combining marks hide or pile up (UTS 39, 5.4)."""
    if any(unicodedata.category(part[0]).startswith("M") for part in name.split()):
        return True
    if any(pair in name for pair in (letter + _DOT_ABOVE for letter in _DOTTED)):
        return True
    runs = groupby(unicodedata.normalize("NFD", name), _is_mark)
    stacks = [list(run) for marks, run in runs if marks]
    return any(len(stack) > min(_MOST_MARKS, len(set(stack))) for stack in stacks)


@lru_cache(4096)
def _prototype(character: str) -> str:
    if character.isascii():
        return character
    lower, upper = _looks_like(character), _looks_like(character.upper()).casefold()
    return upper if upper.isascii() and not lower.isascii() else lower


def _looks_like(character: str) -> str:
    """Return the one that Unicode lists for all characters of this look.

    The library lists a character's one prototype, or for a prototype all characters of its look;
    for a pair it is not said which of both is the prototype.
    """
    listed = _homoglyphs(character)
    if len(listed) != 1:
        return character
    other = listed[0]
    if len(other) == 1 and not other.isascii() and len(_homoglyphs(other)) == 1:
        return min(character, other)
    return other


def _homoglyphs(character: str) -> list[str]:
    found = confusables.is_confusable(character) or ()
    listed: list[str] = [glyph["c"] for entry in found for glyph in entry["homoglyphs"]]
    return [glyph.replace(_LEFT_TO_RIGHT_MARK, "") for glyph in listed]
