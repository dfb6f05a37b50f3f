"""GET /openapi.json and GET /docs: what the API is, for programs and for people."""

from importlib.resources import files

import msgspec
from starlette.responses import Response

from gateway.docs_page import render
from gateway.openapi import public_document
from gateway.router import Endpoint

POLICY = "default-src 'none'; style-src 'self'; base-uri 'none'; frame-ancestors 'none'"


def _serve(path: str, body: bytes, kind: str) -> Endpoint:
    async def endpoint(_: object) -> Response:
        fields = {"cache-control": "public, max-age=300", "content-security-policy": POLICY}
        return Response(body, headers=fields, media_type=kind)

    return Endpoint("GET", path, endpoint)


def reference_endpoints(cookie: str) -> list[Endpoint]:
    """Make document and page once; they are the same as long as the process runs."""
    document = public_document(cookie)
    style = (files("gateway") / "static" / "docs.css").read_bytes()
    return [
        _serve("/openapi.json", msgspec.json.encode(document), "application/json"),
        _serve("/docs", render(document).encode(), "text/html"),
        _serve("/docs/style.css", style, "text/css"),
    ]
