"""Conditional requests, as the OpenAPI document describes them."""

from servicekit.openapi import Answer, Parameter, Schema

ETAG = {"ETag": "The tag for If-Match."}
_TAG = r'(W/)?"[!#-~\u0080-\u00ff]*"'
_TAGS: Schema = {
    "type": "string",
    "pattern": rf"^(\*|({_TAG})?([ \t]*,[ \t]*({_TAG})?)*)$",
    "description": "`*`, or entity-tags separated by commas (RFC 9110, 13.1).",
}
_IF_MATCH = Parameter(
    "If-Match", "header", "Go on only if the current ETag is one of these, else 412.", _TAGS
)
_IF_NONE_MATCH = Parameter(
    "If-None-Match",
    "header",
    "Go on only if the current ETag is none of these, else 412, or 304 to a read. `*`: only where "
    "there is nothing yet.",
    _TAGS,
)
CONDITIONS = (_IF_MATCH, _IF_NONE_MATCH)
UNCHANGED = Answer("If-None-Match has the current ETag.", headers=ETAG)
