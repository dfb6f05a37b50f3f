"""gunicorn's check of an answer's fields, at half its cost: no field may end its own line."""

from functools import lru_cache
from typing import NamedTuple

from gunicorn.asgi import protocol

Fields = list[tuple[bytes, bytes]]

_gunicorns = protocol._scan_response_headers  # noqa: SLF001 - the only one there is
_VALUE = protocol._HEADER_VALUE_RE  # noqa: SLF001 - as above
_NAME = protocol._HEADER_NAME_RE  # noqa: SLF001 - as above


class Framing(NamedTuple):
    """What an answer's fields say of how it is framed, and whether they tell its date."""

    length: bytes | None = None
    is_coded: bool = False
    is_dated: bool = False


@lru_cache(maxsize=256)
def _known(name: bytes) -> bytes | None:
    """Return a name in lower case, or nothing if it is none. There are few, so they are kept."""
    return name.lower() if _NAME.fullmatch(name) else None


def scan(fields: Fields) -> Framing:
    """Return what the fields say. Raises what gunicorn does for one that is not as it must be.

    A value may contain spaces, so the values between spaces are good when each of them is.
    """
    length, is_coded, is_dated = None, False, False
    for name, value in fields:
        known = _known(name)
        if known == b"content-length":
            length = value
        elif known == b"transfer-encoding":
            is_coded = True
        elif known == b"date":
            is_dated = True
        elif known is None:
            _gunicorns(fields)
    if not _VALUE.fullmatch(b" ".join([value for _, value in fields])):
        _gunicorns(fields)
    return Framing(length, is_coded, is_dated)
