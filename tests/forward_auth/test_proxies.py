"""The proxies in deploy/forward-auth let in whom the gateway knows, and say what it says."""

import json
import re

import httpx
import pytest
from edge.test_forged_identity import SPELLINGS
from forward_auth.conftest import Front
from support.people import Person
from support.raw import ask
from support.until import until

OURS = {"X_AUTH_USER", "X_AUTH_ROLES", "X_AUTH_SESSION", "X_AUTH_ASSERTION"}
BROWSER = {"accept": "text/html,*/*;q=0.8", "sec-fetch-mode": "navigate", "sec-fetch-site": "none"}


def _as_variable(name: str) -> str:
    """Return a field's name as CGI and WSGI servers hand it on (RFC 3875, 4.1.18)."""
    return re.sub(r"[^A-Z0-9]", "_", name.upper())


def fields(answer: httpx.Response) -> list[tuple[str, str]]:
    assert answer.status_code == 200, answer.text
    return [(name, value) for name, value in answer.json()["headers"]]


def test_PRX_26_whoever_signs_in_arrives_with_identity(front: Front, person: Person) -> None:
    assert person.get("/app").status_code == 401
    assert person.log_in().status_code == 200
    session, cookie = person.get("/session").json()["id"], str(person.cookie)
    lines = {"cookie": f"a=1; holdfast={cookie}; b=2"}
    answer = httpx.get(f"{front.url}/app/a%20b?x=1&y=2", headers=lines, trust_env=False)
    told = dict(fields(answer))

    assert (told["x-auth-user"], told["x-auth-session"]) == (person.name, session)
    assert told["cookie"] == "a=1; b=2"
    assert cookie not in answer.text
    assert told["x-auth-assertion"].count(".") == 2
    assert front.echo.seen[-1] == "/app/a%20b?x=1&y=2"
    assert person.post("/app", {"a": "b" * 9000}).json()["length"] > 9000
    person.cookie = cookie
    assert person.post("/logout").status_code == 204
    assert person.get("/app").status_code == 401


def test_PRX_26_a_script_is_told_401_and_a_browser_is_led_to_the_sign_in_page(
    front: Front, person: Person
) -> None:
    before = len(front.echo.seen)
    script = person.get("/app/x", headers={"accept": "application/json"})
    assert script.status_code == 401
    assert script.headers["content-type"] == "application/problem+json"
    assert script.json()["type"] == "/problems/no-session"
    assert script.headers["www-authenticate"] == "Session"

    page = person.get("/app/x?a=1&b=2", headers=BROWSER)
    if front.name == "envoy":
        # It asks with the client's own query, so it cannot ask for a redirect.
        assert page.status_code == 401
        return
    assert page.status_code == 302
    place = page.headers["location"].removeprefix(front.url)
    assert place == "/login?next=/app/x%3Fa%3D1%26b%3D2"
    form = person.get(place, headers=BROWSER)
    assert (form.status_code, "/app/x?a=1&amp;b=2" in form.text) == (200, True)
    assert person.post("/app/x", {}, headers=BROWSER).status_code == 401
    assert len(front.echo.seen) == before


def test_PRX_26_an_ended_session_is_told_by_its_reason(front: Front, person: Person) -> None:
    person.log_in()
    cookie = {"cookie": f"holdfast={person.cookie}"}
    person.post("/logout")

    assert person.get("/app", headers=cookie).json()["reason"] == "logged-out"
    assert front.name


@pytest.mark.parametrize("signed_in", [True, False])
def test_PRX_04_no_forged_identity_passes_the_proxy(
    front: Front, person: Person, signed_in: bool
) -> None:
    """In every spelling that servers behind could take for ours."""
    if signed_in:
        person.log_in()
    names = [name for name in SPELLINGS if re.fullmatch(r"[\w.-]+", name)]
    lines = [f"{name}: forged" for name in names if _as_variable(name) in OURS]
    assert len(lines) > len(OURS)
    head = "\r\n".join([f"GET /app HTTP/1.1\r\nHost: {front.url[7:]}", *lines])
    # A list of fields for one hop must not take ours away.
    head += "\r\nConnection: close, X-Auth-User, X-Auth-Roles, X-Auth-Session, X-Auth-Assertion"
    request = f"{head}\r\nCookie: holdfast={person.cookie}\r\n\r\n"
    answer = ask(int(front.url.rpartition(":")[2]), request.encode())

    if not signed_in:
        assert answer.status == 401
        return
    assert answer.status == 200
    told = json.loads(answer.body)["headers"]
    assert not [name for name, value in told if "forged" in value]
    assert [value for name, value in told if _as_variable(name) == "X_AUTH_USER"] == [person.name]


def test_an_unsafe_request_from_another_site_is_refused(front: Front, person: Person) -> None:
    person.log_in()
    before = len(front.echo.seen)
    for fields_ in ({"origin": "https://evil.test"}, {"sec-fetch-site": "cross-site"}):
        assert person.post("/app", {}, headers=fields_).status_code == 403
    assert len(front.echo.seen) == before
    assert person.post("/app", {}, headers={"origin": front.url}).status_code == 200


def test_PRX_27_an_outage_of_the_store_is_a_503_and_no_logout(front: Front, person: Person) -> None:
    person.log_in()
    before = len(front.echo.seen)
    front.stack.processes["redis"].kill()
    try:
        for headers in ({}, BROWSER):
            answer = person.get("/app", headers=headers)
            assert answer.status_code == 503
            assert int(answer.headers["retry-after"]) >= 1
            assert "set-cookie" not in answer.headers
        cookie, person.cookie = str(person.cookie), ""
        assert person.get("/app").status_code == 401
        person.cookie = cookie
    finally:
        front.stack.restart("redis")
    until(lambda: person.get("/app").status_code == 200, 10)
    assert len(front.echo.seen) == before + 1


def test_PRX_27_a_gateway_that_is_gone_lets_nobody_in(front: Front, person: Person) -> None:
    person.log_in()
    before = len(front.echo.seen)
    front.stack.processes["gateway-1"].kill()
    try:
        # Traefik answers 500.
        assert person.get("/app").status_code in (500, 502, 503)
        assert len(front.echo.seen) == before
    finally:
        front.stack.restart("gateway-1")
    until(lambda: person.get("/app").status_code == 200, 10)
