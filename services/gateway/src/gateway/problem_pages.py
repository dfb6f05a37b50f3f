"""GET /problems and /problems/<name>: what each problem type means (RFC 9457, 3.1.1)."""

import html

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from gateway.router import Endpoint
from servicekit.problem_types import TYPES, ProblemType
from servicekit.problems import Problem, prefers_html


def _facts(name: str, kind: ProblemType) -> dict[str, str | int]:
    return {
        "type": f"/problems/{name}",
        "title": kind.title,
        "status": int(kind.status),
        "meaning": kind.meaning,
    }


def _section(name: str, kind: ProblemType) -> str:
    title, meaning = html.escape(kind.title), html.escape(kind.meaning)
    link = f'<a href="/problems/{name}">{name}</a>'
    return f"<h2>{title}</h2><p>{int(kind.status)} {link}</p><p>{meaning}</p>"


def _answer(request: Request, names: list[str], *, one: bool) -> Response:
    if prefers_html(request.headers.get("accept", "")):
        text = "".join(_section(name, TYPES[name]) for name in names)
        page = f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Problems</title>{text}'
        return Response(page, media_type="text/html")
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
