"""What only ASGI has: streams, WebSockets, any framework or none."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, MutableMapping
from typing import Any

import httpx
import pytest
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response, StreamingResponse
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket
from support.dropins import Awaited

from devstack.ports import free_ports
from holdfast import Intent, Keys, Lifetime, Op, Session, Token
from holdfast.asgi import Cookie, SessionMiddleware, session_of
from holdfast.errors import StoreError
from holdfast.redis_async import AsyncRedisStore
from holdfast.redis_store import RedisStore

COOKIE = Cookie("session", secure=False)


async def write(request: Request) -> Response:
    request.session["a"] = request.session.get("a", 0) + 1
    return PlainTextResponse("saved", headers={"cache-control": "public, max-age=60"})


async def read(request: Request) -> Response:
    return JSONResponse(dict(request.session))


async def public(_: Request) -> Response:
    return PlainTextResponse("served")


async def socket(websocket: WebSocket) -> None:
    await websocket.accept()
    with pytest.raises(RuntimeError) as error:
        websocket.session["b"] = 1
    await websocket.send_text(f"{websocket.session['a']}: {error.value}")


class Client:
    """A browser of one application, which lives on one event loop as its store does."""

    def __init__(self, app: Any, runner: asyncio.Runner) -> None:
        self._runner = runner
        self._http = httpx.AsyncClient(
            transport=httpx.ASGITransport(app), base_url="http://app", timeout=30
        )
        self.cookies = self._http.cookies

    def get(self, path: str) -> httpx.Response:
        return self._runner.run(self._http.get(path))


@pytest.fixture
def client_of() -> Iterator[Callable[..., Client]]:
    """Give a way to make an application with more routes, and its browser."""
    stores: list[Any] = []
    with asyncio.Runner() as runner:

        def made(store: Any, *more: Route, **options: Any) -> Client:
            stores.append(store)
            routes = [Route("/write", write), Route("/read", read), Route("/public", public), *more]
            middleware = [Middleware(SessionMiddleware, store=store, cookie=COOKIE)]
            return Client(Starlette(routes=routes, middleware=middleware, **options), runner)

        yield made
        for store in stores:
            runner.run(store.close())


def test_the_asyncio_store_serves_it_and_no_cache_keeps_the_cookie(
    client_of: Callable[..., Client], redis_url: str, keys: Keys
) -> None:
    client = client_of(AsyncRedisStore(redis_url, keys, timeout_s=5))
    first = client.get("/write")
    assert first.headers["cache-control"] == "no-store"
    assert client.get("/write").headers["cache-control"] == "public, max-age=60"
    assert client.get("/read").json() == {"a": 2}


def test_what_a_stream_s_view_wrote_is_there_before_its_first_byte(
    client_of: Callable[..., Client], store: RedisStore
) -> None:
    seen: list[Any] = []

    async def stream(request: Request) -> Response:
        request.session["a"] = 1

        async def body() -> AsyncIterator[bytes]:
            seen.append(session_of(request.scope).id)
            yield b"1"
            with pytest.raises(RuntimeError):
                request.session["a"] = 2

        return StreamingResponse(body())

    client = client_of(Awaited(store), Route("/stream", stream))
    answer = client.get("/stream")
    found = store.load(Token(answer.cookies["session"]))
    assert isinstance(found, Session)
    assert (seen, found.data) == ([found.id], {"a": b"1"})


def test_a_websocket_reads_the_session_and_cannot_write_it(store: RedisStore) -> None:
    token, sent = Token.new(7), []
    store.create(token, Lifetime(60_000, 60_000), intents=[Intent(Op.SET, "a", b"1")])
    app = SessionMiddleware(
        Starlette(routes=[WebSocketRoute("/", socket)]), Awaited(store), cookie=COOKIE
    )
    headers = [(b"cookie", f"session={token.text}".encode())]
    scope = {"type": "websocket", "path": "/", "headers": headers, "client": None}

    async def receive() -> dict[str, Any]:
        return {"type": "websocket.connect"}

    async def send(message: MutableMapping[str, Any]) -> None:
        sent.append(message)

    asyncio.run(app(scope, receive, send))
    assert sent[1]["text"].startswith("1: the response has begun")


def test_an_outage_keeps_the_cookie_and_serves_what_does_not_look(
    client_of: Callable[..., Client], keys: Keys
) -> None:
    dead = AsyncRedisStore(f"redis://127.0.0.1:{free_ports(1)[0]}", keys)
    client = client_of(dead)
    assert client.get("/read").json() == {}
    unsaved = client.get("/write")
    assert (unsaved.status_code, unsaved.text == "saved") == (503, False)

    client.cookies["session"] = Token.new(7).text
    refused = client.get("/read")
    assert (refused.status_code, refused.headers["retry-after"]) == (503, "1")
    assert "set-cookie" not in refused.headers
    assert client.get("/public").text == "served"


def test_an_application_s_own_answer_to_an_outage_stays(
    client_of: Callable[..., Client], keys: Keys
) -> None:
    async def ours(_: Request, __: Exception) -> Response:
        return PlainTextResponse("ours", 503)

    dead = AsyncRedisStore(f"redis://127.0.0.1:{free_ports(1)[0]}", keys)
    client = client_of(dead, exception_handlers={StoreError: ours})
    client.cookies["session"] = Token.new(7).text
    assert client.get("/read").text == "ours"


def test_a_conflict_takes_the_place_of_a_whole_streamed_answer(
    client_of: Callable[..., Client], store: RedisStore
) -> None:
    async def slow(request: Request) -> Response:
        request.session["a"] += 1
        token = Token(request.cookies["session"])
        store.commit(token, [Intent(Op.INCREMENT, "a", b"1")])

        async def body() -> AsyncIterator[bytes]:
            yield b"saved"
            yield b"and more"

        return StreamingResponse(body(), headers={"x-mine": "1"})

    client = client_of(Awaited(store), Route("/slow", slow))
    client.get("/write")
    refused = client.get("/slow")
    assert (refused.status_code, "saved" in refused.text) == (409, False)
    assert "x-mine" not in refused.headers
    assert client.get("/read").json() == {"a": 2}


def test_it_is_plain_asgi_and_leaves_lifespan_alone() -> None:
    seen: list[str] = []

    async def app(scope: MutableMapping[str, Any], _: Any, __: Any) -> None:
        seen.append(f"{scope['type']} {'session' in scope}")

    asyncio.run(SessionMiddleware(app, store=None)({"type": "lifespan"}, _never, _never))
    assert seen == ["lifespan False"]


async def _never(*_: Any) -> Any:
    raise AssertionError


@pytest.mark.parametrize(
    "cookie",
    [
        {"name": "__Host-a", "secure": False},
        {"name": "__Host-a", "domain": "example.org"},
        {"name": "__Secure-a", "secure": False},
        {"same_site": "none", "secure": False, "name": "a"},
    ],
)
def test_a_cookie_that_browsers_drop_is_refused(cookie: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match="cookie"):
        Cookie(**cookie)
