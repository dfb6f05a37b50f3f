"""What people meet on the account page who have it open in several places."""

import json
import re
from typing import Any

import pytest
from support.people import PASSWORD, Person
from support.until import until

from devstack.stack import Stack

HTML = {"accept": "text/html"}


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


def events_of(stack: Stack, request_id: str) -> list[str]:
    """Return the events that auth logged of a request, once its own line is there."""

    def found() -> list[str]:
        logs = [stack.folder / f"auth-{n}.log" for n in (1, 2)]
        lines: list[dict[str, Any]] = [
            json.loads(line) for log in logs for line in log.read_text().splitlines()
        ]
        return [line["event"] for line in lines if line.get("request_id") == request_id]

    until(lambda: "request" in found(), 5)
    return found()


@pytest.mark.parametrize("by", ["page", "call"])
def test_SES_17_to_end_ones_own_session_is_to_sign_out(person: Person, by: str) -> None:
    """The cookie is cleared, and the session is over because it was signed out of.

    Report: this project's review (case Q15).
    Rule: ASVS 5.0, 7.4.1 and 7.5.2.
    """
    own, token = person.get("/session").json()["id"], str(person.cookie)
    if by == "page":
        form = {"csrf": csrf_of(person.get("/account").text)}
        answer = person.call("POST", f"/account/sessions/{own}/end", data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/login?done=signed-out")
    else:
        answer = person.call("DELETE", f"/sessions/{own}")
        assert answer.status_code == 204
        assert answer.headers["clear-site-data"] == '"cache"'
    assert "Max-Age=0" in answer.headers["set-cookie"]
    assert person.cookie is None

    person.cookie = token
    assert person.get("/session").json()["reason"] == "logged-out"


FORMS = [
    ("/account/sessions/others/end", {}),
    ("/account/sessions/s_nobody/end", {}),
    ("/logout", {}),
    ("/password", {"current": PASSWORD, "new": "anemone anemone boat"}),
]


@pytest.mark.parametrize(("path", "more"), FORMS)
def test_CSR_04_a_form_whose_session_was_renewed_is_called_expired(
    stack: Stack, person: Person, path: str, more: dict[str, str]
) -> None:
    """The page does not accuse another site, nothing is done, and no attack is logged.

    Report: this project's review (case Q22).
    Rule: ASVS 5.0, 3.5.1 and 16.3.3.
    """
    other = person.another()
    other.log_in()
    form = {"csrf": csrf_of(person.get("/account").text), **more}
    person.post("/session/rotate")

    answer = person.call("POST", path, data=form, headers=HTML)

    assert answer.status_code == 422
    assert "This form has expired" in answer.text
    assert "another site" not in answer.text
    assert "malicious_csrf" not in events_of(stack, answer.headers["x-request-id"])
    assert person.get("/session").status_code == 200
    assert other.get("/session").status_code == 200


@pytest.mark.parametrize("path", ["/account/sessions/others/end", "/account/sessions/s_x/end"])
def test_a_form_whose_session_is_over_says_so(person: Person, path: str) -> None:
    """The answer is why the session ended, and leads to the sign-in page.

    Report: this project's review (case Q22).
    Rule: RFC 9110, 15.5.2.
    """
    form, token = {"csrf": csrf_of(person.get("/account").text)}, str(person.cookie)
    person.post("/logout")
    gone = person.call("POST", path, data=form, headers=HTML)
    person.cookie = token
    over = person.call("POST", path, data=form, headers=HTML)

    assert (gone.status_code, over.status_code) == (401, 401)
    assert "You signed out." in over.text
    assert 'href="/login"' in gone.text


@pytest.mark.parametrize("csrf", ["", "x", "0" * 63, "0" * 64 + "\n"])
def test_CSR_01_a_form_without_a_token_that_can_be_one_is_from_another_site(
    stack: Stack, person: Person, csrf: str
) -> None:
    """It stays 403 `cross-site`, and a security event.

    Report: this project's review (case Q22).
    Rule: ASVS 5.0, 3.5.1 and 16.3.3.
    """
    answer = person.call("POST", "/logout", data={"csrf": csrf})

    assert (answer.status_code, answer.json()["type"]) == (403, "/problems/cross-site")
    assert "malicious_csrf" in events_of(stack, answer.headers["x-request-id"])
    assert person.get("/session").status_code == 200


def test_what_a_form_shows_as_a_fault_is_a_security_event_too(
    stack: Stack, visitor: Person
) -> None:
    """A sign-in form without its token is shown again, and logged as one that a program sends.

    Report: this project's review (case Q22).
    Rule: ASVS 5.0, 16.3.3.
    """
    answer = visitor.call("POST", "/login", data={"csrf": "x"})

    assert answer.status_code == 403
    assert "malicious_csrf" in events_of(stack, answer.headers["x-request-id"])
