"""What people see while a part is down: a page in the same look, and nothing they typed is lost."""

import secrets
from pathlib import Path

from browser.conftest import Visit
from e2e.conftest import started
from playwright.sync_api import expect
from support import browser as chromium
from support.people import PASSWORD

AUTHS = ("auth-1", "auth-2")


def test_pages_while_the_store_and_then_auth_is_down(tmp_path: Path, visit: Visit) -> None:
    """The gateway needs nobody for its page; the cookie is kept, and good afterwards."""
    page, name = visit(), f"kelp-{secrets.token_hex(4)}"
    with started(tmp_path / "run") as stack:
        url = stack.urls[0]
        chromium.register(page, url, name)
        stack.processes["redis"].stop()
        page.get_by_label("User name").fill(name)
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("alert")).to_contain_text("Sessions are out of reach")
        expect(page.get_by_label("User name")).to_have_value(name)

        stack.restart("redis")
        chromium.sign_in(page, url, name)
        expect(page.get_by_role("heading", level=1)).to_have_text(name)

        for auth in AUTHS:
            stack.processes[auth].kill()
        asked: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        answer = page.goto(f"{url}/account")
        assert answer
        assert (answer.status, asked) == (503, [f"{url}/account"])
        background = page.locator(".card").evaluate("one => getComputedStyle(one).backgroundColor")
        assert background == "rgb(255, 255, 255)"

        for auth in AUTHS:
            stack.restart(auth)
        page.get_by_role("link", name="Try again").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(name)
