"""One application in each framework: it runs a function on the session and answers what it gave.

Requests are made inside this process, so a function may make another request in the middle of its
own: that is how races are forced.
"""

import asyncio
import datetime as dt
import json
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import flask
import httpx
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from holdfast import Lifetime
from holdfast.asgi import Cookie, Policy, SessionMiddleware
from holdfast.flask import Session, session

Act = Callable[[Any], Any]
LIFETIME = Lifetime(60_000, 3_600_000)


class Answer:
    """What came back: status, JSON (or None) and headers."""

    def __init__(self, status: int, text: str, headers: list[tuple[str, str]]) -> None:
        self.status, self.text = status, text
        self.headers = {name.lower(): value for name, value in headers}
        self.set_cookie = [value for name, value in headers if name.lower() == "set-cookie"]

    @property
    def json(self) -> Any:
        return json.loads(self.text)


class Browser:
    """A cookie jar of one cookie, and requests."""

    name = "session"

    def __init__(self, send: Callable[[Act, Mapping[str, str]], Answer]) -> None:
        self._send = send
        self.token: str | None = None

    def do(self, act: Act = lambda _: None) -> Answer:
        """Run `act` on the session inside a request."""
        headers = {} if self.token is None else {"cookie": f"{self.name}={self.token}"}
        answer = self._send(act, headers)
        for cookie in answer.set_cookie:
            value = cookie.partition(";")[0].partition("=")[2]
            self.token = value or None
        return answer

    def data(self) -> dict[str, Any]:
        """Ask a request for all data."""
        found: dict[str, Any] = self.do(dict).json
        return found

    def tab(self) -> "Browser":
        """Open a second tab: the same cookie as it is now."""
        other = Browser(self._send)
        other.token = self.token
        return other


def flask_app(store: Any, **more: Any) -> Callable[[Act, Mapping[str, str]], Answer]:
    """Make the Flask one; `more` is the policy's `lifetime` or `behind_gateway`."""
    app, lifetime = flask.Flask("dropin"), more.pop("lifetime", LIFETIME)
    behind_gateway = more.pop("behind_gateway", False)
    app.config.update(
        SECRET_KEY="k" * 32,
        PERMANENT_SESSION_LIFETIME=dt.timedelta(milliseconds=lifetime.idle_ms),
        HOLDFAST_ABSOLUTE_SECONDS=lifetime.absolute_ms // 1000,
        SESSION_PERMANENT=False,
    )
    Session(app, store=store, behind_gateway=behind_gateway)
    acts: list[Act] = []

    @app.get("/")
    def run() -> flask.Response:
        return flask.jsonify(acts.pop()(session))

    def send(act: Act, headers: Mapping[str, str]) -> Answer:
        acts.append(act)
        answer = app.test_client(use_cookies=False).get("/", headers=dict(headers))
        return Answer(answer.status_code, answer.text, list(answer.headers))

    return send


class Awaited:
    """A blocking store's verbs, awaited."""

    def __init__(self, store: Any) -> None:
        self._store = store

    def __getattr__(self, verb: str) -> Any:
        async def call(*args: Any, **named: Any) -> Any:
            return getattr(self._store, verb)(*args, **named)

        return call


def asgi_app(store: Any, **more: Any) -> Callable[[Act, Mapping[str, str]], Answer]:
    """Make the Starlette one; `more` is the policy's."""
    acts: list[Act] = []

    async def run(request: Request) -> Response:
        return JSONResponse(acts.pop()(request.session))

    policy = Policy(**{"lifetime": LIFETIME, **more})
    middleware = Middleware(
        SessionMiddleware,
        store=Awaited(store),
        policy=policy,
        cookie=Cookie("session", secure=False),
    )
    app = Starlette(routes=[Route("/", run)], middleware=[middleware])

    async def ask(headers: Mapping[str, str]) -> Answer:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://app") as client:
            answer = await client.get("/", headers=dict(headers))
            return Answer(answer.status_code, answer.text, answer.headers.multi_items())

    def send(act: Act, headers: Mapping[str, str]) -> Answer:
        acts.append(act)
        # A thread of its own: an act that sends another request runs inside an event loop.
        with ThreadPoolExecutor(1) as thread:
            return thread.submit(lambda: asyncio.run(ask(headers))).result(30)

    return send


APPS = {"flask": flask_app, "asgi": asgi_app}
