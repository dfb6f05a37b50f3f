"""Where a sign-in leads: to a path of our own and nowhere else (ASVS 5.0, 3.7.2)."""

from urllib.parse import urlsplit

DEFAULT = "/account"
# As long as an address of the sign-in page can be that carries it (gateway.sign_in).
_LONGEST = 8000
_ENCODED_SLASHES = ("%2f", "%5c")


def safe_next(text: str) -> str:
    """Return the text if every browser reads it as a path here, else the account's path."""
    if not text.startswith("/") or text.startswith("//") or len(text) > _LONGEST:
        return DEFAULT
    # Browsers drop tabs and newlines, and read a backslash as a slash.
    if any(not " " < character < "\x7f" or character == "\\" for character in text):
        return DEFAULT
    parts = urlsplit(text)
    encoded = any(one in parts.path.lower() for one in _ENCODED_SLASHES)
    return DEFAULT if parts.scheme or parts.netloc or encoded else text
