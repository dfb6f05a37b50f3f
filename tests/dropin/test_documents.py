"""The applications in docs/flask.md and docs/asgi.md do what is said of them."""

import asyncio
from typing import Any

import httpx
from support.documents import program


def test_the_flask_application_runs(redis_url: str) -> None:
    app = program("docs/flask.md", redis_url)["app"]
    browser = app.test_client()

    assert browser.post("/cart/kelp").text == "1 in the cart"
    assert browser.post("/cart/rock").text == "2 in the cart"
    app.session_interface.store.close()


def test_the_asgi_application_runs(redis_url: str) -> None:
    made = program("docs/asgi.md", redis_url)

    async def twice() -> list[Any]:
        transport = httpx.ASGITransport(made["app"])
        async with httpx.AsyncClient(transport=transport, base_url="https://app") as browser:
            answers = [await browser.post("/") for _ in range(2)]
        await made["store"].close()
        return [answer.json() for answer in answers]

    assert asyncio.run(twice()) == [{"visits": 1}, {"visits": 2}]
