"""Somebody's whole way through the pages, over both gateways, with and without JavaScript."""

import re
import secrets

import pytest
from browser.conftest import Visit
from playwright.sync_api import Page, expect
from support import browser as chromium
from support.people import PASSWORD

from devstack.stack import Stack

NEWER = "a staple of correct batteries"


def heading(page: Page, text: str) -> None:
    expect(page.get_by_role("heading", level=1)).to_have_text(text)


def devices(page: Page) -> list[str]:
    return page.locator(".devices strong").all_inner_texts()


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_register_sign_in_end_devices_change_password_sign_out(
    stack: Stack, visit: Visit, scripts: bool
) -> None:
    """All of it over two gateways, and each device learns why it was signed out."""
    one, two = stack.urls
    name = f"kelp-{secrets.token_hex(4)}"
    laptop = visit(java_script_enabled=scripts)
    phone = visit(java_script_enabled=scripts, user_agent="Mozilla/5.0 (iPhone) Safari/604.1")
    laptop.on("dialog", lambda dialog: dialog.accept())

    chromium.register(laptop, one, name)
    expect(laptop.get_by_role("status")).to_contain_text("Your account is ready")
    chromium.sign_in(laptop, one, name)
    heading(laptop, name)
    laptop.goto(f"{two}/account")
    heading(laptop, name)

    chromium.sign_in(phone, two, name)
    laptop.reload()
    assert devices(laptop) == ["Chrome on Linux", "Safari on iPhone"]
    expect(laptop.get_by_role("listitem").first).to_contain_text("this one")
    laptop.get_by_role("button", name="Sign out Safari on iPhone").click()
    expect(laptop.get_by_role("status")).to_have_text("That device is signed out.")
    assert devices(laptop) == ["Chrome on Linux"]
    phone.goto(f"{one}/account")
    expect(phone.get_by_role("status")).to_contain_text("from another of your devices")

    chromium.sign_in(phone, one, name)
    laptop.goto(f"{two}/account")
    laptop.get_by_role("button", name="Sign out all others").click()
    expect(laptop.get_by_role("status")).to_contain_text("All your other devices")
    phone.goto(f"{two}/account")
    heading(phone, "Sign in")

    chromium.sign_in(phone, one, name)
    laptop.get_by_label("Current password", exact=True).fill(PASSWORD)
    laptop.get_by_label("New password", exact=True).fill(NEWER)
    laptop.get_by_role("button", name="Change password").click()
    expect(laptop.get_by_role("status")).to_contain_text("Your password is changed")
    phone.goto(f"{two}/account")
    expect(phone.get_by_role("status")).to_contain_text("your password was changed")

    laptop.get_by_role("button", name="Sign out", exact=True).click()
    expect(laptop.get_by_role("status")).to_have_text("You have signed out.")
    laptop.goto(f"{two}/account")
    heading(laptop, "Sign in")
    chromium.sign_in(laptop, two, name, NEWER)
    heading(laptop, name)


def test_a_page_of_a_route_leads_to_sign_in_and_back(stack: Stack, visit: Visit) -> None:
    page, name = visit(), f"kelp-{secrets.token_hex(4)}"
    chromium.register(page, stack.urls[0], name)

    page.goto(f"{stack.urls[0]}/private/reef?depth=9&x=%2F")
    heading(page, "Sign in")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()

    page.wait_for_url(f"{stack.urls[0]}/private/reef?depth=9&x=%2F")


@pytest.mark.parametrize("scripts", [True, False], ids=["scripts", "no-scripts"])
def test_faults_stand_at_their_field_and_what_was_typed_stays(
    stack: Stack, visit: Visit, scripts: bool
) -> None:
    """Never the password, though."""
    page = visit(java_script_enabled=scripts)
    url, name = stack.urls[0], f"kelp-{secrets.token_hex(4)}"

    def fault(label: str) -> str:
        field = page.get_by_label(label, exact=True)
        expect(field).to_be_focused()
        expect(field).to_have_attribute("aria-invalid", "true")
        expect(page).to_have_title(re.compile("^Error: "))
        described = (field.get_attribute("aria-describedby") or "").split()
        values = [one.input_value() for one in page.locator("input[id][type=password]").all()]
        assert set(values) == {""}
        return page.locator(f"#{described[-1]}").inner_text()

    page.goto(f"{url}/register")
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill("short")
    page.get_by_role("button", name="Register").click()
    assert "at least 15" in fault("Password")
    expect(page.get_by_label("User name")).to_have_value(name)

    chromium.register(page, url, name)
    page.goto(f"{url}/register")
    page.get_by_label("User name").fill(name.upper())
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Register").click()
    assert "taken" in fault("User name")

    page.goto(f"{url}/login")
    page.get_by_label("Keep me signed in").check()
    page.get_by_label("User name").fill(name)
    page.get_by_label("Password", exact=True).fill("not this one")
    page.get_by_role("button", name="Sign in").click()
    assert fault("Password") == "Wrong user name or password."
    expect(page.get_by_label("User name")).to_have_value(name)
    expect(page.get_by_label("Keep me signed in")).to_be_checked()

    chromium.sign_in(page, url, name)
    page.get_by_label("Current password", exact=True).fill("not this one")
    page.get_by_label("New password", exact=True).fill(NEWER)
    page.get_by_role("button", name="Change password").click()
    assert fault("Current password") == "This is not your current password."
    page.get_by_label("Current password", exact=True).fill(PASSWORD)
    page.get_by_label("New password", exact=True).fill("password" * 3)
    page.get_by_role("button", name="Change password").click()
    assert "guessed" in fault("New password")


def test_a_little_script_makes_it_better(stack: Stack, visit: Visit) -> None:
    """Passwords can be looked at, ending all others asks first, times are the reader's own."""
    page, other = visit(timezone_id="Asia/Tokyo"), visit()
    url, name = stack.urls[0], f"kelp-{secrets.token_hex(4)}"
    chromium.register(page, url, name)
    chromium.sign_in(other, url, name)

    page.goto(f"{url}/login")
    field = page.get_by_label("Password", exact=True)
    page.get_by_role("button", name="Show password").click()
    expect(field).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(field).to_have_attribute("type", "password")

    chromium.sign_in(page, url, name)
    expect(page.locator("time[data-moment]")).not_to_contain_text("UTC")
    page.on("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Sign out all others").click()
    page.reload()
    assert len(devices(page)) == 2
