"""Makes an OpenAPI 3.1 document of operations that are written down one by one."""

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from servicekit.problem_types import TYPES
from servicekit.problems import MEDIA_TYPE

Schema = Mapping[str, Any]
Content = Mapping[str, Schema]

JSON, FORM, HTML = "application/json", "application/x-www-form-urlencoded", "text/html"
_TEXT: Schema = {"type": "string"}

PROBLEM: Schema = {
    "description": "Why a request was not served (RFC 9457).",
    "type": "object",
    "required": ["type", "title", "status", "instance"],
    "properties": {
        "type": {"type": "string", "format": "uri-reference"},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "detail": {"type": "string"},
        "instance": {"type": "string", "description": "Ends in the request id."},
        "reason": {"type": "string"},
        "cause": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"detail": _TEXT, "pointer": _TEXT},
                "required": ["detail", "pointer"],
            },
        },
    },
}


def ref(name: str) -> Schema:
    """Point at a schema of the document."""
    return {"$ref": f"#/components/schemas/{name}"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What comes with one status: words, bodies by media type, fields by name with their words."""

    words: str
    content: Content = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A query parameter or a header field; a path's own come from its braces."""

    name: str
    place: str
    words: str
    schema: Schema = field(default_factory=lambda: _TEXT)


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one path. `problems` are names of problem types; bodies go by media type."""

    method: str
    path: str
    summary: str
    tag: str
    answers: Mapping[int, Answer]
    problems: Sequence[str] = ()
    body: Content = field(default_factory=dict)
    parameters: Sequence[Parameter] = ()

    @property
    def id(self) -> str:
        """A name for generated clients: `PUT /session/data/{name}` is put_session_data_name."""
        return "_".join([self.method.lower(), *re.findall(r"[A-Za-z]+", self.path)])


def problem_answers(names: Iterable[str]) -> dict[int, Answer]:
    """Return an answer for each status of these problem types; browsers get it as a page."""
    by_status: dict[int, list[str]] = {}
    for name in names:
        by_status.setdefault(int(TYPES[name].status), []).append(name)
    return {status: _problem_answer(status, found) for status, found in by_status.items()}


def _problem_answer(status: int, names: list[str]) -> Answer:
    words = "; ".join(f"`{name}`: {TYPES[name].title}" for name in names)
    types = {"properties": {"type": {"enum": [f"/problems/{name}" for name in names]}}}
    headers = {}
    if status == HTTPStatus.UNAUTHORIZED:
        headers["WWW-Authenticate"] = "`Session`"
    if status in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE):
        headers["Retry-After"] = "Seconds to wait."
    content = {MEDIA_TYPE: {"allOf": [ref("Problem"), types]}, HTML: _TEXT}
    return Answer(words, content, headers)


def _rendered(answer: Answer, method: str) -> dict[str, Any]:
    made: dict[str, Any] = {"description": answer.words}
    if answer.content and method != "HEAD":
        made["content"] = {kind: {"schema": schema} for kind, schema in answer.content.items()}
    if answer.headers:
        made["headers"] = {
            name: {"description": words, "schema": _TEXT} for name, words in answer.headers.items()
        }
    return made


def _parameters(operation: Operation, path_schemas: Mapping[str, Schema]) -> list[dict[str, Any]]:
    of_path = [
        {"name": name, "in": "path", "required": True, "schema": path_schemas[name]}
        for name in re.findall(r"{(\w+)}", operation.path)
    ]
    return of_path + [
        {"name": one.name, "in": one.place, "description": one.words, "schema": one.schema}
        for one in operation.parameters
    ]


def _operation(operation: Operation, path_schemas: Mapping[str, Schema]) -> dict[str, Any]:
    answers = dict(operation.answers) | problem_answers(operation.problems)
    made: dict[str, Any] = {
        "operationId": operation.id,
        "summary": operation.summary,
        "tags": [operation.tag],
        "responses": {
            str(status): _rendered(answers[status], operation.method) for status in sorted(answers)
        },
    }
    parameters = _parameters(operation, path_schemas)
    if parameters:
        made["parameters"] = parameters
    if operation.body:
        content = {kind: {"schema": schema} for kind, schema in operation.body.items()}
        made["requestBody"] = {"required": True, "content": content}
    return made


def document(
    info: Mapping[str, str],
    operations: Iterable[Operation],
    schemas: Mapping[str, Schema],
    path_schemas: Mapping[str, Schema],
    security: Mapping[str, Schema],
) -> dict[str, Any]:
    """Return the document. `path_schemas` tells of the names in braces, `security` how to ask."""
    paths: dict[str, dict[str, Any]] = {}
    for one in operations:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, path_schemas)
    return {
        "openapi": "3.1.0",
        "info": dict(info),
        "paths": paths,
        # Nothing is demanded of all: who needs a session answers 401 without one.
        "security": [{}, *({name: []} for name in security)],
        "components": {
            "schemas": {"Problem": PROBLEM, **schemas},
            "securitySchemes": dict(security),
        },
    }
