"""Judges a request's method, target and Host before anything else reads them (RFC 9112, 3).

The same bytes are matched against the routes and forwarded. What two parsers could read in two ways
is refused: dot segments, empty segments, encoded slashes, backslashes and NULs.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from servicekit.hosts import Host
from servicekit.problems import Problem

Headers = Iterable[tuple[bytes, bytes]]

_HEX = re.compile(rb"%(?![0-9A-Fa-f]{2})")
_FORBIDDEN = re.compile(rb"%(?:25)*(?:2f|5c|00|0d|0a)|[\\#\x00-\x20\x7f-\xff]", re.IGNORECASE)
_PARAMETER = re.compile(rb";|%(?:25)*3b", re.IGNORECASE)
_DOT = re.compile(rb"(?:\.|%(?:25)*2e){1,2}", re.IGNORECASE)
_QUERY = re.compile(r"[!\"$-~]*")

# TRACE would tell a script the cookie, CONNECT would make a tunnel; what nobody registered is not
# passed on, since two servers could read it differently.
_WEBDAV = ("PROPFIND", "PROPPATCH", "MKCOL", "COPY", "MOVE", "LOCK", "UNLOCK", "REPORT", "ACL")
_COMMON = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "QUERY", "SEARCH")
METHODS = frozenset(_COMMON + _WEBDAV)
ALLOW = {"allow": "GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS"}


def judge_method(method: str) -> None:
    """Refuse a method that is passed on to nobody. Raises Problem method-not-allowed."""
    if method not in METHODS:
        raise Problem("method-not-allowed", headers=ALLOW)


@lru_cache(512)
def judge_path(path: bytes) -> str:
    """Return the path to route, still encoded. Raises Problem bad-request."""
    if not path.startswith(b"/"):
        raise Problem("bad-request", "The target must be a path.")
    if _HEX.search(path) or _FORBIDDEN.search(path):
        raise Problem("bad-request", "The path has characters that are not taken here.")
    segments = path.split(b"/")[1:]
    if b"" in segments[:-1]:
        raise Problem("bad-request", "The path has an empty segment.")
    if any(_DOT.fullmatch(_PARAMETER.split(segment)[0]) for segment in segments):
        raise Problem("bad-request", "The path has a dot segment.")
    return path.decode("ascii")


def judge_coding(headers: Headers) -> None:
    """Refuse a body in a coding besides chunked, which would be lost here. Raises bad-request."""
    codings = [value.strip().lower() for name, value in headers if name == b"transfer-encoding"]
    if codings not in ([], [b"chunked"]):
        raise Problem("bad-request", "The body may be chunked, and in no other transfer coding.")


def judge_query(query: str) -> None:
    """Refuse a query that could not be passed on byte for byte. Raises Problem bad-request."""
    if not _QUERY.fullmatch(query):
        raise Problem("bad-request", "The query has characters that are not taken here.")


def judge_host(headers: Headers, hosts: tuple[Host, ...]) -> Host:
    """Return the one Host. Raises Problem bad-request. `hosts`: those served; empty for any."""
    found = [value for name, value in headers if name == b"host"]
    if len(found) != 1:
        raise Problem("bad-request", "There must be one well-formed Host.")
    host = _judge_one_host(found[0])
    if hosts and not host.is_among(hosts):
        raise Problem("bad-request", "This host is not served here.")
    return host


@lru_cache(512)
def _judge_one_host(field: bytes) -> Host:
    try:
        return Host.parse(field.decode("ascii"))
    except ValueError:
        raise Problem("bad-request", "There must be one well-formed Host.") from None
