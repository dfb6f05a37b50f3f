"""User names: 1-64 characters after NFC, the same however they are written in case."""

import unicodedata

from auth.errors import InvalidUsername

MOST_CHARACTERS = 64
_CONTROL = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")


def normalise(text: str) -> str:
    """Return the name as it is shown. Raises InvalidUsername."""
    name = unicodedata.normalize("NFC", text)
    if not 1 <= len(name) <= MOST_CHARACTERS or name != name.strip():
        raise InvalidUsername("1-64 characters, no space at either end")
    if any(unicodedata.category(character) in _CONTROL for character in name):
        raise InvalidUsername("no control characters")
    return name


def key_of(name: str) -> str:
    """Return the form by which names are compared."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", name).casefold())
