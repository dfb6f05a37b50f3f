"""The OpenAPI document of the public API. A test holds it and the running services together."""

from dataclasses import replace
from typing import Any

from gateway.crosssite import SAFE_METHODS
from gateway.openapi.identity import IDENTITY
from gateway.openapi.operations import OPERATIONS
from gateway.openapi.schemas import NAME, SCHEMAS
from gateway.openapi.session import SESSION
from servicekit.openapi import Operation, document

_INFO = {
    "title": "Holdfast",
    "version": "1",
    "summary": "Sessions that hold on every instance, and logouts that stick.",
    "description": (
        "Every error is a problem (RFC 9457), each type explained under `/problems`; a browser "
        "gets it as a page. A method that a path does not have: 405 with `Allow`. An error of "
        "ours: 500 `internal`. All other paths lead along the routes of this deployment."
    ),
}
_PATH_SCHEMAS = {
    "name": NAME,
    "id": {"type": "string", "description": "A session's public id."},
    "filename": {"type": "string"},
    "path": {"type": "string"},
}


def _edge(operation: Operation) -> Operation:
    """Add what the edge may answer to everything."""
    met = ("bad-request",) if operation.method in SAFE_METHODS else ("bad-request", "cross-site")
    return replace(operation, problems=tuple(dict.fromkeys([*operation.problems, *met])))


def public_document(cookie: str) -> dict[str, Any]:
    """Return the document. `cookie`: the session cookie's name."""
    return document(
        _INFO,
        map(_edge, (*SESSION, *IDENTITY, *OPERATIONS)),
        SCHEMAS,
        _PATH_SCHEMAS,
        {"cookie": {"type": "apiKey", "in": "cookie", "name": cookie}},
    )
