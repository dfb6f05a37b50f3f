"""What pages of other origins try: forms, frames."""

import http.server
import secrets
import threading
from collections.abc import Callable, Iterator

import pytest
from browser.conftest import Visit
from playwright.sync_api import Browser, Page, expect
from support import browser as chromium
from support.people import PASSWORD

from devstack.stack import Stack

Serve = Callable[[str], None]


@pytest.fixture
def hostile() -> Iterator[tuple[int, Serve]]:
    """Give the port of a server of somebody else, and a function that says what it shows."""
    shown = [""]

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("content-type", "text/html")
            self.end_headers()
            icon = '<link rel="icon" href="data:,">'
            self.wfile.write(f"<!doctype html>{icon}{shown[0]}".encode())

        def log_message(self, *_: object) -> None:
            """Stay quiet."""

    def serve(text: str) -> None:
        shown[0] = text

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server.server_port, serve
        server.shutdown()


def form(action: str, **fields: str) -> str:
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    return f'<form method="post" action="{action}">{inputs}<button>Win a boat</button></form>'


def session_cookie(page: Page) -> str | None:
    found = [one["value"] for one in page.context.cookies() if one["name"] == "holdfast"]
    return found[0] if found else None


# Another port of the same host is another origin of the same site; localhost is another site.
@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_CSR_02_AUT_11_nobody_is_signed_in_by_a_form_of_another_origin(
    stack: Stack, visit: Visit, hostile: tuple[int, Serve], host: str
) -> None:
    port, serve = hostile
    page, name = visit(), f"kelp-{secrets.token_hex(4)}"
    chromium.register(page, stack.urls[0], name)
    serve(form(f"{stack.urls[0]}/login", username=name, password=PASSWORD))

    page.goto(f"http://{host}:{port}/")
    with page.expect_response("**/login") as answered:
        page.get_by_role("button").click()

    assert answered.value.status == 403
    expect(page.get_by_role("heading", level=1)).to_contain_text("from another site")
    assert session_cookie(page) is None


@pytest.mark.parametrize("path", ["/logout", "/password", "/account/sessions/others/end"])
def test_CSR_01_no_form_of_another_origin_changes_a_session(
    stack: Stack, visit: Visit, hostile: tuple[int, Serve], path: str
) -> None:
    port, serve = hostile
    page, name = visit(), f"kelp-{secrets.token_hex(4)}"
    chromium.register(page, stack.urls[0], name)
    chromium.sign_in(page, stack.urls[0], name)
    page.wait_for_url("**/account")
    cookie = session_cookie(page)
    serve(form(stack.urls[0] + path, current=PASSWORD, new="anemone anemone boat"))

    page.goto(f"http://127.0.0.1:{port}/")
    with page.expect_response(f"**{path}") as answered:
        page.get_by_role("button").click()

    assert answered.value.status == 403
    assert session_cookie(page) == cookie
    page.goto(f"{stack.urls[1]}/account")
    expect(page.get_by_role("heading", level=1)).to_have_text(name)


def test_HDR_03_no_page_can_be_framed(
    stack: Stack, browser: Browser, hostile: tuple[int, Serve]
) -> None:
    """Neither one of auth's nor one of the gateway's."""
    port, serve = hostile
    page = browser.new_page()
    refused: list[str] = []
    page.on("console", lambda told: refused.append(told.text))
    url = stack.urls[0]
    serve(f'<iframe src="{url}/login"></iframe><iframe src="{url}/problems"></iframe>')

    page.goto(f"http://127.0.0.1:{port}/")
    page.wait_for_load_state("networkidle")
    page.close()

    assert len([told for told in refused if "frame-ancestors" in told]) == 2
