"""A real Chromium against a whole stack. Without Chromium these tests are skipped, and listed."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from e2e.conftest import started
from playwright.sync_api import Browser, BrowserContext, Page
from support import browser as chromium
from support import echo as echo_upstream

from devstack.stack import Stack

Visit = Callable[..., Page]


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """Give a stack whose route /private asks for a session, and /boss for a role."""
    if chromium.CHROMIUM is None:
        pytest.skip(chromium.MISSING)
    folder = tmp_path_factory.mktemp("browser")
    with echo_upstream.running() as echo:
        routes = folder / "routes.toml"
        routes.write_text(
            f'[[routes]]\nprefix = "/private"\nupstream = "{echo.url}"\n'
            f'[[routes]]\nprefix = "/boss"\nupstream = "{echo.url}"\naccess = "role:boss"\n'
        )
        with started(folder, HOLDFAST_ROUTES=str(routes)) as running:
            yield running


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Give a Chromium; per module, as its event loop must not meet those of other tests."""
    if chromium.CHROMIUM is None:
        pytest.skip(chromium.MISSING)
    with chromium.running() as running:
        yield running


@pytest.fixture
def visit(browser: Browser) -> Iterator[Visit]:
    """Give a function that opens a fresh browser; at the end no console may have complained."""
    contexts: list[BrowserContext] = []
    heard: list[str] = []

    def open_page(**options: Any) -> Page:
        contexts.append(browser.new_context(**options))
        page = contexts[-1].new_page()
        page.set_default_timeout(15_000)
        chromium.listen(page, heard)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert heard == []
