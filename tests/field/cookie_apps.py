"""The same small application on both drop-ins: who is it, and a log-out. Run by gunicorn."""

import os

import flask
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from holdfast import Keys
from holdfast.asgi import Cookie, SessionMiddleware, session_of
from holdfast.flask import Session, session
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore

NAME = "holdfast"


def _keys() -> Keys:
    return Keys("hf", os.environ["PEPPER"].encode())


def on_flask() -> flask.Flask:
    app = flask.Flask("cookies")
    app.config.update(SECRET_KEY="k" * 32, SESSION_COOKIE_NAME=NAME)
    Session(app, store=RedisStore(os.environ["REDIS_URL"], _keys(), timeout_s=5))

    @app.get("/who")
    def who() -> str:
        return session.id or "none"

    @app.post("/logout")
    def log_out() -> flask.Response:
        session.clear()
        return flask.Response(status=204)

    return app


async def _who(request: Request) -> Response:
    return PlainTextResponse(session_of(request.scope).id or "none")


async def _log_out(request: Request) -> Response:
    request.session.clear()
    return Response(status_code=204)


def on_asgi() -> Starlette:
    store = AsyncRedisStore(os.environ["REDIS_URL"], _keys(), timeout_s=5)
    sessions = Middleware(SessionMiddleware, store=store, cookie=Cookie(NAME, secure=False))
    routes = [Route("/who", _who), Route("/logout", _log_out, methods=["POST"])]
    return Starlette(routes=routes, middleware=[sessions])
