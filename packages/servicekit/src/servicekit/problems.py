"""Errors as an HTTP client sees them (RFC 9457)."""

import html
from collections.abc import Mapping
from http import HTTPStatus
from string import Template
from typing import Any

import msgspec

from servicekit import page
from servicekit.negotiation import prefers_html
from servicekit.problem_types import TYPES
from servicekit.problem_words import WORDS, Next, Words

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
        cause = self.members.get("cause")
        return {"problem": self.name} | ({"cause": str(cause)} if cause else {})

    def headers(self) -> dict[str, str]:
        """Return the fields that this status demands, and those given."""
        fields = {
            "cache-control": "no-store",
            "referrer-policy": "same-origin",
            "x-content-type-options": "nosniff",
        }
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

    def page(self, instance: str, *, safe: bool = True) -> str:
        """Return the same as a page for people. `safe`: whether to offer the address again."""
        words = WORDS.get(self.name) or Words(TYPES[self.name].meaning)
        action, href = (words.next if safe or words.next is not Next.AGAIN else Next.ACCOUNT).value
        told = {
            "status": str(int(self.status)),
            "title": self.title,
            "words": self.detail or words.text,
            "action": action,
            "href": href,
            "request": instance,
        }
        escaped = {name: html.escape(text) for name, text in told.items()}
        main = Template(page.part("problem.html")).substitute(escaped)
        return page.render(escaped["title"], main)

    def answer(self, method: str, accept: str, instance: str) -> tuple[bytes, dict[str, str]]:
        """Return body and fields in the form that the client prefers (RFC 9110, 12.5.1)."""
        if not prefers_html(accept):
            return self.body(instance), {"content-type": MEDIA_TYPE} | self.headers()
        safe = method in ("GET", "HEAD")
        return self.page(instance, safe=safe).encode(), page.headers() | self.headers()
