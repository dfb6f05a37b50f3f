"""A real Chromium, and people who use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Page, sync_playwright
from support.people import PASSWORD

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
MISSING = "no chromium on this machine"
# Chromium's own errands (updates, QUIC, field trials) have no place in a test.
_ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
CONSOLE_IS_QUIET_ABOUT = "Failed to load resource: the server responded with a status of 4"


@contextmanager
def running() -> Iterator[Browser]:
    """Run a Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=_ARGUMENTS)
        yield browser
        browser.close()


def complaints(page: Page) -> list[str]:
    """Return a list that grows by what the page's console says and throws from now on."""
    heard: list[str] = []
    page.on("console", lambda told: heard.append(told.text))
    page.on("pageerror", lambda error: heard.append(str(error)))
    return heard


def register(page: Page, url: str, name: str) -> None:
    """Make an account by hand."""
    page.goto(f"{url}/register")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/login?*")


def sign_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    """Sign in by hand."""
    page.goto(f"{url}/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
