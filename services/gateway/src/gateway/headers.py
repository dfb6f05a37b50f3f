"""Which header fields pass, and which are ours to set (RFC 9110, 7.6)."""

import re
from collections.abc import Callable, Iterable, Sequence
from functools import lru_cache

import structlog

from holdfast.web.cookie_header import joined
from sessionhttp.cookies import RESERVED

RawHeaders = list[tuple[bytes, bytes]]
Fields = Sequence[tuple[bytes, bytes]]
log = structlog.get_logger()

VIA = b"1.1 holdfast"

_HOP_BY_HOP = frozenset(
    b"connection keep-alive proxy-connection proxy-authorization proxy-authenticate "
    b"te trailer transfer-encoding upgrade http2-settings expect".split()
)
_OURS = re.compile(
    rb"xauth.*|xforwarded.*|forwarded|xrealip|xrequestid|xholdfast.*|traceparent|tracestate|"
    rb"xoriginal.*|xrewriteurl|host|contentlength"
)
# What an upstream must not say in our name: ids and banners are ours, and so is a promise of TLS,
# which holds for all of the host (RFC 6797, 8.1: browsers read the first field only).
_NOT_UPSTREAMS = frozenset(
    b"x-request-id x-served-by server x-powered-by strict-transport-security".split()
)
# CGI-style servers would take it for the proxy of their own requests (CVE-2016-5385, "httpoxy").
_NOT_CLIENTS = _HOP_BY_HOP | {b"proxy"}
_PUNCTUATION = re.compile(rb"[^a-z0-9]")


def _listed(headers: Fields) -> set[bytes]:
    """Return what Connection lists: fields that are meant for this hop only, too."""
    told = [value for name, value in headers if name.lower() == b"connection"]
    return {one.strip().lower() for value in told for one in value.split(b",")} if told else set()


def _passing(headers: Fields, passes: Callable[[bytes], bytes | None]) -> RawHeaders:
    """Return the fields that pass, by their names in lower case, and that Connection does not list.

    `passes`: tell a name in lower case, None if it may not pass.
    """
    listed = _listed(headers)
    kept = [(known, value) for name, value in headers if (known := passes(name)) is not None]
    return [pair for pair in kept if pair[0] not in listed] if listed else kept


@lru_cache(1024)
def _of_upstream(name: bytes) -> bytes | None:
    known = name.lower()
    return None if known in _HOP_BY_HOP or known in _NOT_UPSTREAMS else known


def _sets_our_cookie(pair: tuple[bytes, bytes]) -> bool:
    return pair[0] == b"set-cookie" and bool(RESERVED.match(pair[1]))


def from_upstream(headers: Fields, *, cookies: bool) -> RawHeaders:
    """Return what of an upstream's fields may pass. `cookies`: it may set our cookie (COO-11).

    Who may not, may not sign people out by Clear-Site-Data either.
    """
    kept = _passing(headers, _of_upstream)
    if not cookies:
        allowed = [pair for pair in kept if not _sets_our_cookie(pair)]
        if len(allowed) < len(kept):
            log.warning("upstream_cookie_dropped")
        kept = [pair for pair in allowed if pair[0] != b"clear-site-data"]
    kept.append((b"via", VIA))
    return kept


def hops(headers: Iterable[tuple[bytes, bytes]]) -> int:
    """Count how often a request has already come through gateways of this kind."""
    told = [value for name, value in headers if name == b"via"]
    return sum(one.strip().lower() == VIA for value in told for one in value.split(b","))


def edit_cookies(headers: RawHeaders, edit: Callable[[bytes], bytes]) -> RawHeaders:
    """Return the fields with all Cookie lines in one, edited; without it where nothing is left.

    A server that hands fields on as WSGI or CGI would join several lines by commas.
    """
    lines = [value for name, value in headers if name == b"cookie"]
    if not lines:
        return headers
    cookie = edit(joined(lines))
    others = [pair for pair in headers if pair[0] != b"cookie"]
    return [*others, (b"cookie", cookie)] if cookie else others


def is_ours(name: bytes) -> bool:
    """Tell whether a client's field could be taken for one we set, in any spelling.

    CGI-style servers read `X_Auth_User` and `X.Auth.User` as `X-Auth-User` (CVE-2025-64484), so
    names are compared without punctuation.
    """
    return bool(_OURS.fullmatch(_PUNCTUATION.sub(b"", name.lower())))


@lru_cache(1024)
def _of_client(name: bytes) -> bytes | None:
    known = name.lower()
    if known in _NOT_CLIENTS or (known != b"content-length" and is_ours(known)):
        return None
    return known


def from_client(headers: Fields) -> RawHeaders:
    """Return what of a client's fields may pass; Content-Length is handed on as it is.

    Ours are added afterwards, so that no Connection list can take one of them away.
    """
    return _passing(headers, _of_client)
