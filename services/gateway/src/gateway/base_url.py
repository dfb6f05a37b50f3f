"""The URL of a service behind, judged when settings are read: a connection to it can be tried."""

import re
from ipaddress import IPv6Address

_LABEL = r"[A-Za-z0-9_-]{1,63}"
_BASE = re.compile(
    rf"https?://(?:\[(?P<ipv6>[^\]]+)\]|{_LABEL}(?:\.{_LABEL})*\.?)"
    r"(?::(?P<port>[0-9]{1,5}))?(?:/[A-Za-z0-9._~-]+)*/?"
)
_DOTS = re.compile(r"/\.{1,2}(?=/|\Z)")
_HIGHEST_PORT = 65_535


def judge_base_url(url: str) -> None:
    """Refuse what is not scheme, host, port and path. Raises ValueError, without a password."""
    found = _BASE.fullmatch(url)
    if not found or _DOTS.search(url):
        shown = "" if "@" in url else f"{url!r} "
        raise ValueError(f"{shown}is not a URL like http://10.0.0.5:8000")
    if found["port"] and not 1 <= int(found["port"]) <= _HIGHEST_PORT:
        raise ValueError(f"{url!r} has a port that is not from 1 to {_HIGHEST_PORT}")
    try:
        IPv6Address(found["ipv6"] or "::")
    except ValueError:
        raise ValueError(f"{url!r} has brackets around what is not an IPv6 address") from None
