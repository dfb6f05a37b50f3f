"""The OpenAPI document of the internal address: admin calls, health and metrics."""

from typing import Any

from servicekit.openapi import JSON, Answer, Operation, Schema, document, ref

_TEXT: Schema = {"type": "string"}
_USERNAME: Schema = {
    "type": "string",
    "description": "Percent-encoded UTF-8 (RFC 3986, 2.1); a slash in the name is `%2F`.",
}
_FLAG: Schema = {"type": "boolean"}
_COUNT: Schema = {"type": "integer", "minimum": 0}
_ROLE: Schema = {"type": "string", "pattern": "^[A-Za-z0-9_.-]{1,64}$"}
_ROLES: Schema = {"type": "array", "items": _ROLE}
_ACCOUNTS, _STORE = "accounts-unavailable", "session-store-unavailable"
_TYPE = "unsupported-media-type"


def _closed(**members: Schema) -> Schema:
    return {
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


_SCHEMAS: dict[str, Schema] = {
    "Account": _closed(username=_TEXT, roles=_ROLES, disabled=_FLAG, sessions=_COUNT),
    "Device": _closed(
        id=_TEXT, created_at=_TEXT, last_seen_at=_TEXT, ip=_TEXT, user_agent=_TEXT, remember=_FLAG
    ),
    "Roles": _closed(roles=_ROLES),
    "Ended": _closed(ended=_COUNT),
    "Everybody": _closed(everybody=_FLAG),
}
_ENDED = {200: Answer("How many sessions that ended.", {JSON: ref("Ended")})}


def _admin(
    method: str, path: str, summary: str, answers: dict[int, Answer], *problems: str, **more: Any
) -> Operation:
    met = ("forbidden", _STORE, *problems)
    return Operation(method, f"/admin{path}", summary, "Admin", answers, met, **more)


def _user(
    method: str, path: str, summary: str, answers: dict[int, Answer], *problems: str, **more: Any
) -> Operation:
    met = ("bad-request", "no-such-data", _ACCOUNTS, *problems)
    return _admin(method, f"/users/{{username}}{path}", summary, answers, *met, **more)


_DEVICES: Schema = {"type": "array", "items": ref("Device")}
_OPERATIONS = [
    _user("GET", "", "Show an account", {200: Answer("It.", {JSON: ref("Account")})}),
    _user("GET", "/sessions", "List somebody's sessions", {200: Answer("They.", {JSON: _DEVICES})}),
    _user("DELETE", "/sessions", "End all of somebody's sessions", _ENDED, _TYPE),
    _user("POST", "/disable", "Close an account and end its sessions", _ENDED, _TYPE),
    _user("POST", "/enable", "Open an account again", _ENDED, _TYPE),
    _user(
        "PUT",
        "/roles",
        "Replace somebody's roles and end their sessions",
        _ENDED,
        "body-too-large",
        _TYPE,
        "invalid-request",
        body={JSON: ref("Roles")},
    ),
    _admin(
        "DELETE",
        "/sessions",
        "End every session there is",
        {200: Answer("Done; nothing counts them.", {JSON: ref("Everybody")})},
        _TYPE,
    ),
    Operation(
        "GET",
        "/metrics",
        "Metrics for Prometheus",
        "Operations",
        {200: Answer("They.", {"text/plain": _TEXT})},
    ),
    Operation(
        "GET",
        "/openapi.json",
        "This document",
        "Operations",
        {200: Answer("It.", {JSON: {"type": "object"}})},
    ),
]


def admin_document() -> dict[str, Any]:
    """Return the document."""
    return document(
        {
            "title": "Holdfast, internal address of auth",
            "version": "1",
            "description": "Never to be reached from outside. Errors are problems (RFC 9457).",
        },
        _OPERATIONS,
        _SCHEMAS,
        {"username": _USERNAME},
        {"admin": {"type": "http", "scheme": "bearer"}},
    )
