"""User names: how they are read, compared and judged (RFC 8265; UTS 39)."""

import unicodedata

from precis_i18n import get_profile

from auth import lookalikes
from auth.errors import InvalidUsername

MOST_CHARACTERS = 64
_CONTROL = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
_LETTER_OR_DIGIT = ("Lu", "Ll", "Lt", "Lo", "Nd")
_USERPART = get_profile("UsernameCasePreserved")
# Letters of everyday words that the profile refuses for being compositions: Thai and Lao "am".
_DECOMPOSED = {ord(letter): unicodedata.normalize("NFKC", letter) for letter in "\u0e33\u0eb3"}


def normalise(text: str) -> str:
    """Return the name that a sign-in gives. Raises InvalidUsername.

    Space at either end is dropped, since phone keyboards add it. Accounts may have names that
    `judge` refuses today, so nothing else is judged here.
    """
    name = unicodedata.normalize("NFC", text).strip()
    if not 1 <= len(name) <= MOST_CHARACTERS:
        raise InvalidUsername(f"A user name has 1-{MOST_CHARACTERS} characters.")
    if any(unicodedata.category(character) in _CONTROL for character in name):
        raise InvalidUsername("A user name cannot contain control characters.")
    return name


def judge(text: str) -> str:
    """Return the name that a new account gets. Raises InvalidUsername.

    Its parts between spaces are of the profile UsernameCasePreserved (RFC 8265, 3.4), so that
    fullwidth letters become plain ones, and symbols and invisible characters are refused.
    """
    name = " ".join(_enforced(part) for part in normalise(text).translate(_DECOMPOSED).split())
    if not 1 <= len(name) <= MOST_CHARACTERS:
        raise InvalidUsername(f"A user name has 1-{MOST_CHARACTERS} characters.")
    if not any(unicodedata.category(character) in _LETTER_OR_DIGIT for character in name):
        raise InvalidUsername("A user name needs at least one letter or digit.")
    if fault := lookalikes.fault_of(name):
        raise InvalidUsername(fault)
    return name


def _enforced(part: str) -> str:
    try:
        return _USERPART.enforce(part)
    except UnicodeEncodeError as error:
        if "bidi" in error.reason:
            fault = "A user name cannot mix letters that run left to right and right to left."
        else:
            found = error.object[error.start]
            called = f"U+{ord(found):04X} ({unicodedata.name(found, 'unnamed')})"
            fault = f"A user name cannot contain the character {called}."
        raise InvalidUsername(fault) from None


def key_of(name: str) -> str:
    """Return the form by which names are compared: NFKC, case folded, single spaces."""
    folded = unicodedata.normalize("NFKC", name).casefold()
    return " ".join(unicodedata.normalize("NFKC", folded).split())


def exact_key_of(name: str) -> str:
    """Return the form by which names were compared before: NFC, case folded.

    The keys of older accounts have it; for a name that `judge` returned both forms are equal.
    """
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
