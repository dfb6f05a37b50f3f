"""Errors as an HTTP client sees them (RFC 9457). Which error has which status is decided here."""

import html
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1

TYPES: dict[str, tuple[HTTPStatus, str]] = {
    "no-session": (HTTPStatus.UNAUTHORIZED, "There is no session"),
    "session-ended": (HTTPStatus.UNAUTHORIZED, "The session is over"),
    "bad-credentials": (HTTPStatus.FORBIDDEN, "Wrong user name or password"),
    "forbidden": (HTTPStatus.FORBIDDEN, "Not allowed"),
    "cross-site": (HTTPStatus.FORBIDDEN, "Refused: the request comes from another site"),
    "no-such-data": (HTTPStatus.NOT_FOUND, "The session has no such data"),
    "no-such-session": (HTTPStatus.NOT_FOUND, "You have no such session"),
    "no-route": (HTTPStatus.NOT_FOUND, "Nothing is here"),
    "bad-request": (HTTPStatus.BAD_REQUEST, "The request is malformed"),
    "method-not-allowed": (HTTPStatus.METHOD_NOT_ALLOWED, "Not with this method"),
    "username-taken": (HTTPStatus.CONFLICT, "The user name is taken"),
    "too-many-sessions": (HTTPStatus.CONFLICT, "Too many sessions"),
    "version-conflict": (HTTPStatus.PRECONDITION_FAILED, "The value has changed meanwhile"),
    "session-too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The session would grow too large"),
    "body-too-large": (HTTPStatus.REQUEST_ENTITY_TOO_LARGE, "The body is too large"),
    "unsupported-media-type": (HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "Not this media type"),
    "invalid-request": (HTTPStatus.UNPROCESSABLE_ENTITY, "The request is not valid"),
    "wrong-kind": (HTTPStatus.UNPROCESSABLE_ENTITY, "The value is of another kind"),
    "idempotency-key-reused": (HTTPStatus.UNPROCESSABLE_ENTITY, "The key came with another body"),
    "password-rejected": (HTTPStatus.UNPROCESSABLE_ENTITY, "The password is not accepted"),
    "too-many-attempts": (HTTPStatus.TOO_MANY_REQUESTS, "Too many attempts"),
    "upstream-unreachable": (HTTPStatus.BAD_GATEWAY, "The service behind is unreachable"),
    "session-store-unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "Sessions are out of reach"),
    "session-store-full": (HTTPStatus.SERVICE_UNAVAILABLE, "No room for new session data"),
    "accounts-unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "Accounts are out of reach"),
    "auth-unavailable": (HTTPStatus.SERVICE_UNAVAILABLE, "Sign-in is out of reach"),
    "upstream-timeout": (HTTPStatus.GATEWAY_TIMEOUT, "The service behind did not answer in time"),
    "internal": (HTTPStatus.INTERNAL_SERVER_ERROR, "Something went wrong here"),
}


class Problem(Exception):
    """An error made for an HTTP client: a type of TYPES, a detail and extension members."""

    def __init__(
        self,
        name: str,
        detail: str = "",
        /,
        *,
        headers: Mapping[str, str] | None = None,
        **members: Any,
    ) -> None:
        super().__init__(name)
        self.name, self.detail, self.members = name, detail, members
        self.status, self.title = TYPES[name]
        self._headers = dict(headers or {})

    def headers(self) -> dict[str, str]:
        """Return the fields that this status demands, and those given."""
        fields = {"cache-control": "no-store"}
        if self.status is HTTPStatus.UNAUTHORIZED:
            fields["www-authenticate"] = "Session"
        if self.status is HTTPStatus.SERVICE_UNAVAILABLE:
            fields["retry-after"] = str(RETRY_SECONDS)
        return fields | self._headers

    def body(self, instance: str) -> bytes:
        """Return the problem+json; `instance` is the request id that finds the log line."""
        members = {
            "type": f"/problems/{self.name}",
            "title": self.title,
            "status": int(self.status),
            "instance": f"/requests/{instance}",
        }
        if self.detail:
            members["detail"] = self.detail
        return msgspec.json.encode(members | self.members)

    def page(self, instance: str) -> str:
        """Return the same as a page for people."""
        title, detail = html.escape(self.title), html.escape(self.detail)
        return (
            f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{title}</title>'
            f"<h1>{title}</h1><p>{detail}</p><p><small>{html.escape(instance)}</small></p></html>"
        )


def prefers_html(accept: str) -> bool:
    """Tell whether a client names HTML and likes it at least as much as JSON (RFC 9110, 12.5.1)."""
    likes: dict[str, float] = {}
    for part in accept.lower().split(","):
        kind, *parameters = (piece.strip() for piece in part.split(";"))
        weight = next((one[2:] for one in parameters if one.startswith("q=")), "1")
        try:
            likes[kind] = float(weight)
        except ValueError:
            return False
    liked = likes.get("text/html", 0)
    return liked > 0 and liked >= likes.get("application/json", 0)
