"""Paths are routed as they were sent, and a parameter is decoded once, after its route is found.

WSGI's PATH_INFO is decoded already, so that `/admin/users/alice%2Fsessions` could not be told from
`/admin/users/alice/sessions` (RFC 3986, 2.2, 2.4).
"""

import re
import unicodedata
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote_to_bytes

from flask import Flask
from werkzeug.exceptions import BadRequest
from werkzeug.routing import BaseConverter

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

_ABSOLUTE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://[^/?#]*")
_MALFORMED = re.compile(r"%(?![0-9A-Fa-f]{2})")
_ENCODED = "/%:@!$&'()*+,;=~"


class EncodedPaths:
    """A WSGI application whose PATH_INFO is the encoded path of the request target."""

    def __init__(self, application: "WSGIApplication") -> None:
        self._application = application

    def __call__(
        self, environ: "WSGIEnvironment", start_response: "StartResponse"
    ) -> Iterable[bytes]:
        """Serve one request."""
        environ["SCRIPT_NAME"], environ["PATH_INFO"] = "", encoded_path(environ)
        return self._application(environ, start_response)


def encoded_path(environ: "WSGIEnvironment") -> str:
    """Return the path of the request target, in ASCII; RAW_URI is gunicorn's and werkzeug's."""
    raw: str | None = environ.get("RAW_URI")
    if raw is None:
        return quote(environ["PATH_INFO"].encode("latin-1"), safe=_ENCODED.replace("%", ""))
    path = re.split("[?#]", _ABSOLUTE.sub("", raw, count=1), maxsplit=1)[0]
    return quote(path.encode("latin-1"), safe=_ENCODED) or "/"


class Segment(BaseConverter):
    """One segment of a path as a parameter: percent-encoded UTF-8, `%2F` for a slash in it.

    A segment that is not UTF-8, has control characters or is a dot segment is refused with 400.
    Names are compared without space at their ends, and some control characters count as space; a
    client removes dot segments before it sends (RFC 3986, 5.2.4).
    """

    def to_python(self, value: str) -> str:
        """Decode it. Raises BadRequest."""
        try:
            text = unquote_to_bytes(value).decode("utf-8")
        except UnicodeDecodeError:
            raise BadRequest from None
        control = any(unicodedata.category(one) == "Cc" for one in text)
        if control or text in (".", "..") or _MALFORMED.search(value):
            raise BadRequest
        return text

    def to_url(self, value: Any) -> str:
        """Encode it."""
        return quote(str(value), safe="")


def route_encoded_paths(app: Flask) -> None:
    """Have an application without rules yet route encoded paths."""
    app.url_map.merge_slashes = False
    app.url_map.converters["default"] = Segment
    app.wsgi_app = EncodedPaths(app.wsgi_app)  # type: ignore[method-assign] # Flask's own way
