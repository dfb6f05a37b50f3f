"""The OpenAPI document as a page for people: plain HTML, no script, nothing from elsewhere."""

import html
import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

Node = Mapping[str, Any]
_SCHEMAS = "#/components/schemas/"


def _words(text: str) -> str:
    """Escape a text; `code` in it is shown as such."""
    return re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(text))


def _link(name: str) -> str:
    return f'<a href="#schema-{html.escape(name)}">{html.escape(name)}</a>'


def _problems(schema: Node) -> list[str]:
    types = [part.get("properties", {}).get("type", {}) for part in schema.get("allOf", ())]
    return [one for kind in types for one in kind.get("enum", ())]


def _schema(schema: Node) -> str:
    """Tell a body in one line: a link where it has a name."""
    if "$ref" in schema:
        return _link(schema["$ref"].removeprefix(_SCHEMAS))
    if schema.get("type") == "array":
        return f"list of {_schema(schema['items'])}"
    links = (f'<a href="{one}">{one.rpartition("/")[2]}</a>' for one in _problems(schema))
    return ", ".join(links) or _words(schema.get("description", schema.get("type", "any")))


def _content(content: Node) -> str:
    lines = (f"<code>{kind}</code>: {_schema(one['schema'])}" for kind, one in content.items())
    return "<br>".join(lines)


def _table(heads: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    head = "".join(f'<th scope="col">{one}</th>' for one in heads)
    body = "".join("<tr>" + "".join(f"<td>{cell}</td>" for cell in row) + "</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _answer(status: str, answer: Node) -> list[str]:
    fields = "".join(
        f"<br><code>{name}</code>: {_words(one['description'])}"
        for name, one in answer.get("headers", {}).items()
    )
    return [
        f"<code>{status}</code>",
        _words(answer["description"]) + fields,
        _content(answer.get("content", {})),
    ]


def _operation(method: str, path: str, operation: Node) -> str:
    parts = []
    if operation.get("parameters"):
        rows = (
            [f"<code>{one['name']}</code>", one["in"], _words(one.get("description", ""))]
            for one in operation["parameters"]
        )
        parts.append(_table(("Parameter", "in", "Meaning"), rows))
    if "requestBody" in operation:
        parts.append(f"<p>Body: {_content(operation['requestBody']['content'])}</p>")
    answers = (_answer(*one) for one in operation["responses"].items())
    parts.append(_table(("Status", "Meaning", "Body"), answers))
    return (
        f'<details><summary><span class="method">{method.upper()}</span> '
        f"<code>{html.escape(path)}</code> <span>{_words(operation['summary'])}</span></summary>"
        # Inside, since a link to what is inside opens the fold.
        f'<div id="{operation["operationId"]}">{"".join(parts)}</div></details>'
    )


def _by_tag(document: Node) -> dict[str, list[tuple[str, str, Node]]]:
    tags: dict[str, list[tuple[str, str, Node]]] = {}
    for path, methods in document["paths"].items():
        for method, operation in methods.items():
            tags.setdefault(operation["tags"][0], []).append((method, path, operation))
    return tags


def _shape(name: str, schema: Node) -> str:
    text = html.escape(json.dumps(schema, indent=2, ensure_ascii=False))
    title = f'<h3 id="schema-{html.escape(name)}">{html.escape(name)}</h3>'
    # Where it is wider than the page it scrolls, and so it has to be in reach of the keyboard.
    return f'{title}<pre tabindex="0">{text}</pre>'


def render(document: Node) -> str:
    """Return the page of a document."""
    info, tags = document["info"], _by_tag(document)
    links = "".join(
        f'<li><a href="#{one["operationId"]}"><span class="method">{method.upper()}</span> '
        f"<code>{html.escape(path)}</code></a></li>"
        for operations in tags.values()
        for method, path, one in operations
    )
    sections = "".join(
        f"<h2>{html.escape(tag)}</h2>" + "".join(_operation(*one) for one in operations)
        for tag, operations in tags.items()
    )
    shapes = "".join(_shape(*one) for one in document["components"]["schemas"].items())
    title = html.escape(info["title"])
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<title>{title} API</title><link rel="stylesheet" href="/docs/style.css"></head><body>'
        f"<header><h1>{title} API</h1><p>{_words(info.get('summary', ''))}</p>"
        f"<p>{_words(info['description'])}</p>"
        '<p>For programs: <a href="/openapi.json">OpenAPI 3.1</a>.</p></header>'
        f'<nav aria-label="Operations"><ul>{links}</ul></nav><main>{sections}'
        f"<h2>Shapes</h2>{shapes}</main></body></html>"
    )
