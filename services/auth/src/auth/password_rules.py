"""Which new passwords are accepted (NIST SP 800-63B-4, 3.1.1.2; ASVS 5.0, 6.2)."""

import unicodedata
from functools import cache
from itertools import pairwise

from zxcvbn.frequency_lists import FREQUENCY_LISTS

from auth.errors import PasswordRejected

MOST_BYTES = 1024
SERVICE_NAME = "holdfast"
_SHORT_PERIOD = 4
_LEFT_OVER = 8
_SHORTEST_CONTEXT = 3


@cache
def _common() -> frozenset[str]:
    return frozenset(FREQUENCY_LISTS["passwords"])


def _period(text: str) -> str:
    """Return the shortest piece of which the text is a repetition, cut off or not."""
    lengths = range(1, len(text) + 1)
    return next(text[:n] for n in lengths if (text[:n] * (len(text) // n + 1))[: len(text)] == text)


def _is_run(text: str) -> bool:
    """Tell whether each character follows the one before, as in "abcdef" or "987654"."""
    steps = {
        (ord(b) - ord(a)) % 10 if (a + b).isdigit() else ord(b) - ord(a) for a, b in pairwise(text)
    }
    return steps <= {1} or steps <= {-1} or (text.isdigit() and steps <= {9})


def check(password: str, username: str, shortest: int) -> None:
    """Raise PasswordRejected with too-short, too-long, blocklisted, contains-username or not-utf-8.

    Length counts code points; no composition rules; nothing is truncated.
    """
    if any("\ud800" <= character <= "\udfff" for character in password):
        raise PasswordRejected("not-utf-8")  # what a command line makes of other bytes
    if len(password.encode()) > MOST_BYTES:
        raise PasswordRejected("too-long")
    text = unicodedata.normalize("NFC", password)
    if len(text) < shortest:
        raise PasswordRejected("too-short")
    low = text.casefold()
    period = _period(low)
    if {low, period} & _common() or len(period) <= _SHORT_PERIOD or _is_run(low):
        raise PasswordRejected("blocklisted")
    for context in (username.casefold(), SERVICE_NAME):
        rest = low.replace(context, "") if len(context) >= _SHORTEST_CONTEXT else low
        if rest != low and len(rest) < _LEFT_OVER:
            raise PasswordRejected("contains-username")
