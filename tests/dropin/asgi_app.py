"""A Starlette application for a real server: counts, appends, signs in and out."""

import os

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdfast import Keys, User
from holdfast.asgi import Cookie, SessionMiddleware, session_of
from holdfast.redis_async import AsyncRedisStore


async def show(request: Request) -> Response:
    session = session_of(request.scope)
    return JSONResponse({"data": dict(session), "user": session.user and session.user.name})


async def count(request: Request) -> Response:
    session_of(request.scope).increment("n")
    request.session["cart"].append(request.query_params["sku"])
    return Response(status_code=204)


async def log_in(request: Request) -> Response:
    request.session["cart"] = request.session.get("cart", [])
    session_of(request.scope).bind_user(User("u-asgi", "Kingsley"))
    return Response(status_code=204)


async def log_out(request: Request) -> Response:
    request.session.clear()
    return Response(status_code=204)


def main() -> Starlette:
    store = AsyncRedisStore(os.environ["REDIS_URL"], Keys(os.environ["PREFIX"], b"p" * 32))
    sessions = Middleware(SessionMiddleware, store=store, cookie=Cookie("session", secure=False))
    routes = [
        Route("/", show),
        Route("/count", count, methods=["POST"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
    ]
    return Starlette(routes=routes, middleware=[sessions])
