"""A real Chromium, and people who use it."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, ConsoleMessage, Page, sync_playwright
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
# The console names every error status; the tests look at those themselves.
# Chromium's hint may come of a form that is parsed by half; the test of axe's rules looks itself.
_EXPECTED = (
    "Failed to load resource: the server responded with a status of ",
    "[DOM] Password forms should have (optionally hidden) username fields",
)


@contextmanager
def running(*arguments: str) -> Iterator[Browser]:
    """Run a Chromium, with more arguments."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=CHROMIUM, args=[*_ARGUMENTS, *arguments]
        )
        yield browser
        browser.close()


def listen(page: Page, heard: list[str]) -> None:
    """Note what the page's console says: a breach of the content security policy, an error."""

    def note(told: ConsoleMessage) -> None:
        if not told.text.startswith(_EXPECTED):
            heard.append(told.text)

    page.on("console", note)
    page.on("pageerror", lambda error: heard.append(str(error)))


def register(page: Page, url: str, name: str) -> None:
    """Make an account by hand."""
    page.goto(f"{url}/register")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    page.wait_for_url("**/login?**")


def sign_in(page: Page, url: str, name: str, password: str = PASSWORD) -> None:
    """Sign in by hand."""
    page.goto(f"{url}/login")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(password)
    page.get_by_role("button", name="Sign in").click()
