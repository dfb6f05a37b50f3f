"""Starlette's own SessionMiddleware: all of the session in a signed cookie, no store."""

import asyncio
import os
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.sessions import SessionMiddleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

PASSWORD = "correct horse battery staple"
Endpoint = Callable[[Request], Awaitable[Response]]


async def _wait(milliseconds: Any) -> None:
    if milliseconds:
        await asyncio.sleep(int(milliseconds) / 1000)


def signed_in(endpoint: Endpoint) -> Endpoint:
    @wraps(endpoint)
    async def checked(request: Request) -> Response:
        if "user" not in request.session:
            return JSONResponse({"error": "no session"}, 401)
        return await endpoint(request)

    return checked


async def healthz(_: Request) -> Response:
    return JSONResponse({"status": "ok"})


async def log_in(request: Request) -> Response:
    body = await request.json()
    if body.get("password") != PASSWORD:
        return JSONResponse({"error": "bad credentials"}, 403)
    request.session["user"] = body["username"]
    return JSONResponse({"user": body["username"]})


async def log_out(request: Request) -> Response:
    request.session.clear()
    return Response(status_code=204)


@signed_in
async def show(request: Request) -> Response:
    await _wait(request.query_params.get("wait_ms"))
    data = {name: value for name, value in request.session.items() if name != "user"}
    return JSONResponse({"user": request.session["user"], "data": data})


@signed_in
async def increment(request: Request) -> Response:
    body = await request.json()
    name = body["name"]
    request.session[name] = request.session.get(name, 0) + 1
    await _wait(body.get("wait_ms"))
    return JSONResponse({"value": request.session[name]})


@signed_in
async def append(request: Request) -> Response:
    body = await request.json()
    name = body["name"]
    # A value changed in place is not noticed: only assignment marks the session as modified.
    request.session[name] = [*request.session.get(name, []), body["value"]]
    await _wait(body.get("wait_ms"))
    return JSONResponse({"length": len(request.session[name])})


app = Starlette(
    routes=[
        Route("/healthz", healthz),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
        Route("/session", show),
        Route("/increment", increment, methods=["POST"]),
        Route("/append", append, methods=["POST"]),
    ],
    middleware=[
        Middleware(
            SessionMiddleware,
            secret_key=os.environ["SESSION_SECRET"],
            max_age=int(os.environ["IDLE_SECONDS"]),
        )
    ],
)
