"""Health, and what explains the API."""

from servicekit.openapi import HTML, JSON, Answer, Operation, Schema, ref

_TEXT: Schema = {"type": "string"}
_OK: Schema = {"type": "object", "properties": {"status": {"enum": ["ok"]}}}


def _op(path: str, summary: str, answers: dict[int, Answer], *problems: str) -> Operation:
    return Operation("GET", path, summary, "Operations", answers, problems)


_READY = {JSON: ref("Readiness")}
_TYPES: Schema = {"type": "array", "items": ref("ProblemType")}

OPERATIONS = [
    _op("/healthz", "Does this process answer?", {200: Answer("Yes.", {JSON: _OK})}),
    _op(
        "/readyz",
        "Does what it needs answer, too?",
        {200: Answer("Yes.", _READY), 503: Answer("No; `checks` names what not.", _READY)},
    ),
    _op("/problems", "All problem types", {200: Answer("They.", {JSON: _TYPES, HTML: _TEXT})}),
    _op(
        "/problems/{name}",
        "What a problem type means",
        {200: Answer("That.", {JSON: ref("ProblemType"), HTML: _TEXT})},
        "no-route",
    ),
    _op("/openapi.json", "This document", {200: Answer("It.", {JSON: {"type": "object"}})}),
    _op("/docs", "This document, to read", {200: Answer("It.", {HTML: _TEXT})}),
    _op("/docs/style.css", "How that looks", {200: Answer("It.", {"text/css": _TEXT})}),
]
