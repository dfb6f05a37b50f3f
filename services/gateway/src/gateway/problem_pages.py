"""GET /problems and /problems/<name>: what each problem type means (RFC 9457, 3.1.1)."""

import html
import re

import msgspec
from starlette.responses import Response

from gateway.request import Request
from gateway.router import Endpoint
from servicekit import page
from servicekit.negotiation import prefers_html
from servicekit.problem_types import TYPES, ProblemType
from servicekit.problems import Problem


def _facts(name: str, kind: ProblemType) -> dict[str, str | int]:
    return {
        "type": f"/problems/{name}",
        "title": kind.title,
        "status": int(kind.status),
        "meaning": kind.meaning,
    }


def _section(name: str, kind: ProblemType) -> str:
    title = html.escape(kind.title)
    meaning = re.sub("`([^`]+)`", r"<code>\1</code>", html.escape(kind.meaning))
    link = f'<a href="/problems/{name}"><code>{name}</code></a>'
    return f"<dt>{title}</dt><dd>{int(kind.status)} · {link}</dd><dd>{meaning}</dd>"


def _page(names: list[str], *, one: bool) -> str:
    title = html.escape(TYPES[names[0]].title) if one else "Problem types"
    back = '<p><a href="/problems">All problem types</a></p>' if one else ""
    listed = "".join(_section(name, TYPES[name]) for name in names)
    main = f'<div class="card wide"><h1>{title}</h1><dl class="types">{listed}</dl>{back}</div>'
    return page.render(title, main)


def _answer(request: Request, names: list[str], *, one: bool) -> Response:
    if prefers_html(request.headers.get("accept", "")):
        return Response(_page(names, one=one), headers=page.headers())
    facts = [_facts(name, TYPES[name]) for name in names]
    return Response(msgspec.json.encode(facts[0] if one else facts), media_type="application/json")


async def show_all(request: Request) -> Response:
    """GET /problems."""
    return _answer(request, list(TYPES), one=False)


async def show_one(request: Request) -> Response:
    """GET /problems/{name}."""
    name = request.path_params["name"]
    if name not in TYPES:
        raise Problem("no-route")
    return _answer(request, [name], one=True)


ENDPOINTS = [Endpoint("GET", "/problems", show_all), Endpoint("GET", "/problems/{name}", show_one)]
