"""`make screenshots`: a picture of each page in light, dark and at phone width."""

import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from e2e.conftest import started
from playwright.sync_api import Browser, Page, ViewportSize
from support import browser as chromium
from support.people import PASSWORD

from devstack.stack import Stack

DESKTOP, PHONE = ViewportSize(width=1200, height=780), ViewportSize(width=390, height=780)
LOOKS = {"light": (DESKTOP, "light"), "dark": (DESKTOP, "dark"), "phone": (PHONE, "light")}
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like "
    "Gecko) Version/18.0 Mobile/15E148 Safari/604.1"
)
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
NAME = "kingsley"


@contextmanager
def fresh(browser: Browser, url: str, agent: str | None = None) -> Iterator[Page]:
    context = browser.new_context(base_url=url, user_agent=agent)
    yield context.new_page()
    context.close()


def wrong_password(page: Page) -> None:
    chromium.sign_in(page, "", NAME, "not this one")


def short_password(page: Page) -> None:
    page.goto("/register")
    page.get_by_label("User name").fill("sappho")
    page.get_by_label("Password", exact=True).fill("kelp")
    page.get_by_role("button", name="Register").click()


def wrong_current(page: Page) -> None:
    chromium.sign_in(page, "", NAME)
    page.get_by_label("Current password", exact=True).fill("not this one")
    page.get_by_label("New password", exact=True).fill(PASSWORD + "!")
    page.get_by_role("button", name="Change password").click()


def signed_out_elsewhere(page: Page) -> None:
    chromium.sign_in(page, "", NAME)
    url = page.url
    (kept,) = (one for one in page.context.cookies() if one["name"] == "holdfast")
    page.get_by_role("button", name="Sign out", exact=True).first.click()
    page.wait_for_load_state("networkidle")
    page.context.add_cookies([{"name": "holdfast", "value": kept["value"], "url": url}])
    page.goto(url)


VISITS: dict[str, Callable[[Page], object]] = {
    "sign-in": lambda page: page.goto("/login"),
    "sign-in-wrong": wrong_password,
    "register": lambda page: page.goto("/register"),
    "register-short": short_password,
    "account": lambda page: chromium.sign_in(page, "", NAME),
    "password-wrong": wrong_current,
    "not-found": lambda page: page.goto("/reef"),
    "no-session": lambda page: page.goto("/session"),
    "signed-out": signed_out_elsewhere,
    "shop": lambda page: page.goto("/shop/"),
    "docs": lambda page: page.goto("/docs"),
    "problem-types": lambda page: page.goto("/problems"),
}


def shoot(browser: Browser, url: str, name: str, folder: Path) -> None:
    """Take the pictures of one page."""
    for look, (size, scheme) in LOOKS.items():
        context = browser.new_context(base_url=url, viewport=size)
        page = context.new_page()
        page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
        VISITS[name](page)
        page.wait_for_load_state("networkidle")
        page.screenshot(path=folder / f"{name}-{look}.png", full_page=look == "phone")
        leave = page.get_by_role("button", name="Sign out", exact=True)
        if leave.count():
            leave.first.click()
        context.close()


def shoot_all(browser: Browser, stack: Stack, folder: Path) -> None:
    """Prepare somebody with several devices, then take all pictures."""
    with fresh(browser, stack.urls[0]) as page:
        chromium.register(page, stack.urls[0], NAME)
    others = []
    for agent in (IPHONE, FIREFOX):
        others.append(browser.new_context(user_agent=agent))
        chromium.sign_in(others[-1].new_page(), stack.urls[1], NAME)
    chosen = sys.argv[2:] or list(VISITS)
    for name in chosen:
        shoot(browser, stack.urls[0], name, folder)
        print(f"{folder}/{name}-*.png")  # noqa: T201 - a command line prints
    for auth in ("auth-1", "auth-2"):
        stack.processes[auth].stop()
    VISITS["out-of-reach"] = lambda page: page.goto("/login")
    shoot(browser, stack.urls[0], "out-of-reach", folder)


def main() -> None:
    """Take the pictures into the folder named on the command line."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    often = {"HOLDFAST_LOGIN_ATTEMPTS": "1000"}
    with (
        tempfile.TemporaryDirectory() as run,
        started(Path(run), **often) as stack,
        chromium.running() as browser,
    ):
        shoot_all(browser, stack, folder)


if __name__ == "__main__":
    main()
