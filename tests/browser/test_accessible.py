"""Everybody can use the pages: axe-core's rules in light and dark, and the keyboard alone."""

import secrets
from collections.abc import Iterator
from itertools import cycle
from typing import Literal

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from browser.conftest import Visit
from playwright.sync_api import Locator, Page, Route, expect
from support import browser as chromium
from support.people import PASSWORD

from devstack.stack import Stack
from servicekit.problem_types import TYPES
from servicekit.problems import Problem

PATHS = ("/register", "/login", "/reef", "/session", "/problems", "/problems/internal", "/docs")
Scheme = Literal["light", "dark"]


NAMELESS = "form:has(input[type=password]):not(:has(input[autocomplete=username]))"


def breaches(page: Page, *schemes: Scheme) -> list[str]:
    """Return the rules of axe-core that the page breaks, best practices too.

    And the forms that tell a password manager no name.
    """
    found = [f"no name: {page.url}"] * page.locator(NAMELESS).count()
    page.evaluate(AXE_SCRIPT)
    for scheme in schemes:
        page.emulate_media(color_scheme=scheme)
        for one in page.evaluate("axe.run({resultTypes: ['violations']})")["violations"]:
            places = [node["html"][:120] for node in one["nodes"]]
            found.append(f"{scheme} {page.url} {one['id']}: {places}")
    return found


def pages_of_somebody(page: Page, url: str, name: str) -> Iterator[Page]:
    """Give each page, with and without a fault."""
    chromium.register(page, url, name)
    yield page
    for path in PATHS:
        page.goto(url + path)
        yield page
    page.goto(f"{url}/register")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Register").click()
    yield page
    chromium.sign_in(page, url, name, "not this one")
    yield page
    chromium.sign_in(page, url, name)
    yield page
    page.get_by_label("Current password", exact=True).fill("not this one")
    page.get_by_label("New password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Change password").click()
    yield page
    page.goto(f"{url}/boss")
    yield page


def test_no_page_breaks_a_rule_of_axe(stack: Stack, visit: Visit) -> None:
    other, name = visit(user_agent="curl/8"), f"kelp-{secrets.token_hex(4)}"
    pages = pages_of_somebody(visit(), stack.urls[0], name)
    found = breaches(next(pages), "light", "dark")
    chromium.sign_in(other, stack.urls[1], name)
    for page in pages:
        found += breaches(page, "light", "dark")

    assert found == []


@pytest.mark.parametrize("width", [320, 390])
def test_nothing_is_wider_than_a_phone(stack: Stack, visit: Visit, width: int) -> None:
    """WCAG 2.2, 1.4.10: no scrolling in two directions at 320 px."""
    page = visit(viewport={"width": width, "height": 640})
    for shown in pages_of_somebody(page, stack.urls[0], f"k{secrets.token_hex(30)}"):
        wide = shown.evaluate("document.documentElement.scrollWidth")
        assert wide <= width, shown.url


def show_problem(route: Route) -> None:
    """Answer in the server's place with the page of the problem that the address names."""
    name = route.request.url.rpartition("/")[2]
    body, headers = Problem(name).answer("GET", "text/html", "0123456789abcdef")
    route.fulfill(body=body, headers=headers)


def test_no_page_of_a_problem_breaks_a_rule_of_axe(stack: Stack, visit: Visit) -> None:
    """Every type, as `Problem.answer` makes it, under its own policy; they differ in words only."""
    page, found = visit(), []
    schemes: Iterator[Scheme] = cycle(("light", "dark"))
    page.route("**/shown/*", show_problem)
    for (name, kind), scheme in zip(TYPES.items(), schemes, strict=False):
        page.goto(f"{stack.urls[0]}/shown/{name}")
        expect(page.get_by_role("heading", level=1)).to_have_text(kind.title)
        found += breaches(page, scheme)

    assert found == []


def outlined(focused: Locator) -> None:
    """Hold the focus to be seen: an outline of 2 px or more."""
    style = focused.evaluate("one => ({...getComputedStyle(one)})")
    assert style["outlineStyle"] != "none"
    assert float(style["outlineWidth"].removesuffix("px")) >= 2


def test_sign_in_and_end_a_device_by_keyboard_alone(stack: Stack, visit: Visit) -> None:
    page, other, name = visit(), visit(), f"kelp-{secrets.token_hex(4)}"
    focused = page.locator(":focus")
    chromium.register(page, stack.urls[0], name)
    chromium.sign_in(other, stack.urls[0], name)

    page.goto(f"{stack.urls[0]}/login")
    expect(page.get_by_label("User name")).to_be_focused()
    outlined(focused)
    page.keyboard.type(name)
    page.keyboard.press("Tab")
    page.keyboard.type(PASSWORD)
    for label in ("Show password", "Keep me signed in on this device", "Sign in", "Register"):
        page.keyboard.press("Tab")
        expect(focused).to_have_accessible_name(label)
        outlined(focused)
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("Space")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")

    expect(page.get_by_role("heading", level=1)).to_have_text(name)
    expect(page.get_by_text("stays signed in")).to_be_visible()
    for label in ("Holdfast", "Sign out", "Sign out all others", "Sign out Chrome on Linux"):
        page.keyboard.press("Tab")
        outlined(focused)
        assert label in (focused.get_attribute("aria-label") or focused.inner_text())
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("That device is signed out.")
