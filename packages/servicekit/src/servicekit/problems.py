"""Errors as an HTTP client sees them (RFC 9457)."""

import html
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec

from servicekit.problem_types import TYPES

MEDIA_TYPE = "application/problem+json"
RETRY_SECONDS = 1


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
        self.status, self.title = TYPES[name].status, TYPES[name].title
        self._headers = dict(headers or {})

    def told(self) -> dict[str, str]:
        """Return what a log line tells of it."""
        return {"problem": self.name}

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
