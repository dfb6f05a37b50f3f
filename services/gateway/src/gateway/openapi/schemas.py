"""The JSON that the public API takes and gives, as JSON Schema."""

from typing import Any

import msgspec

from gateway.bodies import Patch
from servicekit.openapi import Schema, ref

_TEXT: Schema = {"type": "string"}
_FLAG: Schema = {"type": "boolean"}
_TIME: Schema = {"type": "string", "format": "date-time"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
ANY: Schema = {"description": "Any JSON."}
USERNAME: Schema = {
    "type": "string",
    "minLength": 1,
    "description": "1-64 characters in NFC, without space at either end, which is dropped. "
    "Compared after NFKC and case folding; judged by RFC 8265 and UTS 39.",
}
NAME: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}


def closed(words: str, **members: Schema) -> Schema:
    """Make the schema of an object with these members, all of them, and no others."""
    return {
        "description": words,
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def either(*kinds: Schema) -> Schema:
    """Make the schema of what is one of these."""
    return {"anyOf": list(kinds)}


NULL: Schema = {"type": "null"}
_DATA: Schema = {"type": "object", "additionalProperties": True}


def _patch() -> dict[str, Any]:
    """Tell the PATCH body by the types that read it; only Python can read its name's pattern."""
    _, parts = msgspec.json.schema_components([Patch], ref_template="#/components/schemas/{name}")
    parts["PatchOp"]["properties"]["name"] = NAME
    return parts


SCHEMAS: dict[str, Schema] = {
    **_patch(),
    "User": closed("Who is signed in.", username=_TEXT, roles={"type": "array", "items": _TEXT}),
    "Cookie": closed(
        "The session cookie's attributes; originalMaxAge in ms.",
        originalMaxAge=_COUNT,
        expires=either(_TIME, NULL),
        httpOnly=_FLAG,
        secure=_FLAG,
        sameSite={"enum": ["lax"]},
        path={"enum": ["/"]},
    ),
    "SessionView": closed(
        "A session as its owner sees it.",
        authenticated=_FLAG,
        user=either(ref("User"), NULL),
        id={"type": "string", "description": "Names it in lists; is no cookie."},
        cookie=ref("Cookie"),
        created_at=_TIME,
        last_seen_at=_TIME,
        idle_expires_at=_TIME,
        absolute_expires_at=_TIME,
        authenticated_at=either(_TIME, NULL),
        version=_COUNT,
        data=_DATA,
    ),
    "Data": {"description": "All data of the session.", **_DATA},
    "Version": closed("The session's version after the write.", version=_COUNT),
    "Patched": closed("The version, and the new value of each name.", version=_COUNT, values=_DATA),
    "Device": closed(
        "One of the caller's sessions.",
        id=_TEXT,
        current=_FLAG,
        created_at=_TIME,
        last_seen_at=_TIME,
        ip=_TEXT,
        user_agent={"type": "string", "description": "Browser and system in words."},
        remember=_FLAG,
    ),
    "Credentials": {
        "type": "object",
        "properties": {"username": _TEXT, "password": _TEXT, "remember": _FLAG},
        "additionalProperties": False,
    },
    "NewAccount": closed("An account to make.", username=USERNAME, password=_TEXT),
    "NewPassword": closed("A change of password.", current=_TEXT, new=_TEXT),
    "Registered": closed("The account that was made.", username=_TEXT),
    "Ended": closed("How many sessions were ended.", ended=_COUNT),
    "Readiness": {
        "type": "object",
        "required": ["status", "checks"],
        "properties": {
            "status": {"enum": ["ok", "unavailable"]},
            "checks": {
                "type": "object",
                "additionalProperties": {
                    "type": "object",
                    "required": ["ok"],
                    "properties": {"ok": _FLAG, "ms": {"type": "integer"}},
                },
            },
        },
    },
    "ProblemType": closed(
        "What a problem type means.", type=_TEXT, title=_TEXT, status=_COUNT, meaning=_TEXT
    ),
    "Form": {
        "description": "A page's form; csrf is the token that the page carried.",
        "type": "object",
        "properties": {"csrf": _TEXT},
        "additionalProperties": _TEXT,
    },
}
