"""The applications in docs/flask.md and docs/asgi.md do what is said of them."""

import asyncio
from typing import Any

import httpx
import pytest
from support.documents import program


def test_the_flask_application_runs(redis_url: str) -> None:
    app = program("docs/flask.md", redis_url)["app"]
    browser = app.test_client()

    assert browser.post("/cart/kelp").text == "1 in the cart"
    assert browser.post("/cart/rock").text == "2 in the cart"
    app.session_interface.store.close()


@pytest.mark.parametrize("name", ["app", "api"], ids=["Starlette", "FastAPI"])
def test_the_asgi_applications_run(redis_url: str, name: str) -> None:
    made = program("docs/asgi.md", redis_url)

    async def visit() -> Any:
        transport = httpx.ASGITransport(made[name])
        async with httpx.AsyncClient(transport=transport, base_url="https://app") as browser:
            await browser.post("/")
            # At once, and neither is lost.
            await asyncio.gather(*(browser.post("/") for _ in range(2)))
            answer = await browser.post("/")
        await made["store"].close()
        return answer.json()

    assert asyncio.run(visit()) == {"visits": 4}
