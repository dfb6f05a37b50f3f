"""gunicorn's check of an answer's fields, at half its cost: no field may end its own line."""

from functools import lru_cache

from gunicorn.asgi import protocol

Fields = list[tuple[bytes, bytes]]

# Before anything takes its place.
_gunicorns = protocol._scan_response_headers  # noqa: SLF001 - the only one there is
_VALUE = protocol._HEADER_VALUE_RE  # noqa: SLF001 - as above
_NAME = protocol._HEADER_NAME_RE  # noqa: SLF001 - as above


@lru_cache(maxsize=256)
def _known(name: bytes) -> bytes | None:
    """Return a name in lower case, or nothing if it is none. There are few, so they are kept."""
    return name.lower() if _NAME.fullmatch(name) else None


def scan(fields: Fields) -> tuple[bool, bytes | None, bool]:
    """Tell whether there is a length, which, and whether there is a transfer coding.

    A value may contain spaces, so the values between spaces are good when each of them is. Raises
    what gunicorn does, by asking it, when a field is not as it must be.
    """
    length, is_coded = None, False
    for name, value in fields:
        known = _known(name)
        if known is None:
            return _gunicorns(fields)  # type: ignore[no-any-return] # gunicorn has no types
        if known == b"content-length":
            length = value
        elif known == b"transfer-encoding":
            is_coded = True
    if not _VALUE.fullmatch(b" ".join([value for _, value in fields])):
        return _gunicorns(fields)  # type: ignore[no-any-return] # as above
    return length is not None, length, is_coded
