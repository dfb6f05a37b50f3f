"""Holds answers against an OpenAPI document, and remembers which it has seen."""

import json
import re
from typing import Any

import httpx
import jsonschema

Seen = tuple[str, str, int]


def _shape(path: str) -> str:
    return re.sub(r"{\w+}", "[^/]+", path.replace("{path}", ".+"))


class Described:
    """A document. `judge` raises when an answer is not what the document says."""

    def __init__(self, document: dict[str, Any]) -> None:
        self._document = document
        self.seen: set[Seen] = set()
        # Literal paths win over those with braces.
        self._shapes = sorted(
            ((_shape(path), path) for path in document["paths"]),
            key=lambda pair: pair[1].count("{"),
        )

    @property
    def told(self) -> set[Seen]:
        """Every method, path and status that the document has."""
        return {
            (method.upper(), path, int(status))
            for path, methods in self._document["paths"].items()
            for method, operation in methods.items()
            for status in operation["responses"]
        }

    def judge(self, answer: httpx.Response) -> None:
        """Note an answer. Raises AssertionError, ValidationError."""
        method, target = answer.request.method, answer.request.url.path
        path = next(path for shape, path in self._shapes if re.fullmatch(shape, target))
        seen = (method, path, answer.status_code)
        assert seen in self.told, f"undocumented: {seen} {answer.text[:200]}"
        self.seen.add(seen)
        told = self._document["paths"][path][method.lower()]["responses"][str(answer.status_code)]
        for name in told.get("headers", {}):
            assert name.lower() in answer.headers, f"{seen} lacks {name}"
        if method != "HEAD":
            self._judge_body(answer, told.get("content", {}))

    def _judge_body(self, answer: httpx.Response, content: dict[str, Any]) -> None:
        kind = answer.headers.get("content-type", "").partition(";")[0]
        if not content:
            assert answer.content == b""
            return
        assert kind in content or "*/*" in content, f"{answer.request.url}: {kind}"
        if kind.endswith("json"):
            schema = {**content[kind]["schema"], "components": self._document["components"]}
            jsonschema.validate(json.loads(answer.content), schema)
