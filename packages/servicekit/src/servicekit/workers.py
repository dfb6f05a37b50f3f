"""How many processes an instance has, by gunicorn's own variable."""

from collections.abc import Mapping

_MOST = 1024


def worker_count(environ: Mapping[str, str]) -> int:
    """Return WEB_CONCURRENCY, 1 without it. Raises ValueError with a line that names it."""
    text = environ.get("WEB_CONCURRENCY") or "1"
    if not (text.isascii() and text.isdecimal() and 1 <= int(text) <= _MOST):
        raise ValueError(f"WEB_CONCURRENCY is malformed: not from 1 to {_MOST} (got {text!r})")
    return int(text)
