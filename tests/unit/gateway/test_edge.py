"""The last resort: what nobody expected is a 500 that tells nothing, and the next is served."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, cast

import httpx
import pytest
import structlog
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.answer import Answer
from gateway.answer_fields import AnswerFields
from gateway.context import Context
from gateway.edge import Edge
from gateway.gate import Gate
from gateway.request import Request
from gateway.routes import RouteTable
from gateway.settings import GatewaySettings
from gateway.upstreams import Upstreams
from servicekit.metrics import RequestMetrics
from servicekit.request_lines import tell_like_others
from servicekit.secret import Secret
from servicekit.trusted_proxies import TrustedProxies
from sessionhttp.cookies import CookiePolicy
from sessionhttp.metrics import SessionMetrics

INSIDE = "redis at 10.0.0.7:6379 said /srv/app.py"


async def broken_at_times(request: Request) -> ASGIApp:
    async def late(_: Scope, __: Receive, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": []})
        raise RuntimeError(INSIDE)

    match request.scope["target"]:
        case "/fine":
            return Answer(status=204, fields=())
        case "/session-notes":
            request.scope["proxied"] = True
            return Answer()
        case "/late":
            return late
        case _:
            raise RuntimeError(INSIDE)


def edge(handler: Callable[[Request], Awaitable[ASGIApp]] = broken_at_times) -> Edge:
    nothing = cast("Any", None)
    config = GatewaySettings(
        redis_url="unix:///unused",
        pepper=Secret("p" * 32),
        service_token=Secret("s" * 32),
        auth_urls=("http://unused",),
    )
    context = Context(
        config,
        nothing,
        nothing,
        RouteTable(),
        CookiePolicy(secure=True),
        TrustedProxies(),
        Upstreams(),
        Gate(),
    )
    registry = CollectorRegistry()
    metrics = RequestMetrics(registry), SessionMetrics(registry)
    return Edge(handler, lambda: context, *metrics, AnswerFields(config), tell_like_others)


def ask(*paths: str, accept: str = "application/json") -> list[httpx.Response]:
    async def run() -> list[httpx.Response]:
        transport = httpx.ASGITransport(edge())
        async with httpx.AsyncClient(transport=transport, base_url="http://a") as client:
            return [await client.get(path, headers={"accept": accept}) for path in paths]

    return asyncio.run(run())


@pytest.mark.parametrize("accept", ["application/json", "text/html"])
def test_ERR_08_ERR_04_what_nobody_expected_is_a_500_and_the_next_is_served(accept: str) -> None:
    with structlog.testing.capture_logs() as lines:
        broken, fine = ask("/broken", "/fine", accept=accept)

    assert (broken.status_code, fine.status_code) == (500, 204)
    assert broken.headers["cache-control"] == "no-store"
    for word in (INSIDE, "RuntimeError", "Traceback", "10.0.0.7"):
        assert word not in broken.text
    if accept == "application/json":
        assert broken.json()["type"] == "/problems/internal"
    (told,) = [line for line in lines if line["event"] == "unexpected"]
    assert INSIDE in str(told["exc_info"])


def test_ERR_08_what_breaks_in_the_middle_of_an_answer_is_not_made_to_look_whole() -> None:
    """The server closes the connection when an application returns without the answer's end."""
    with structlog.testing.capture_logs() as lines, pytest.raises(AssertionError):
        ask("/late")
    assert [line["event"] for line in lines] == ["unexpected", "request"]


def test_a_service_whose_path_begins_like_the_session_apis_decides_over_its_own_answers() -> None:
    (notes,) = ask("/session-notes")
    assert notes.status_code == 200
    assert notes.headers.keys().isdisjoint({"content-security-policy", "cache-control", "vary"})


def test_reads_go_between_people_who_sign_in_at_once() -> None:
    begun = list[str]()

    async def note(request: Request) -> ASGIApp:
        begun.append(request.method)
        return Answer(status=204, fields=())

    async def nothing_more() -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def forget(_: Message) -> None:
        return

    def asked(method: str, path: str) -> Scope:
        fields = [(b"host", b"a"), (b"content-type", b"application/json")]
        return {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "headers": fields,
            "client": ("127.0.0.1", 1),
        }

    async def run() -> None:
        app = edge(note)
        people = [
            asyncio.ensure_future(app(asked("POST", "/login"), nothing_more, forget))
            for _ in range(20)
        ]
        while not all(one.done() for one in people):
            await app(asked("GET", "/session"), nothing_more, forget)
            await asyncio.sleep(0)
        await asyncio.gather(*people)

    asyncio.run(run())
    assert begun.count("POST") == 20
    assert "POST,POST" not in ",".join(begun)
