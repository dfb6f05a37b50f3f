"""No call that changes something takes a body of a type that a page of another site may send."""

from pathlib import Path

import httpx
import pytest
from support.people import Person
from support.raw import Wire

from devstack.stack import Stack

CALLS = [
    ("POST", "/logout"),
    ("POST", "/session/rotate"),
    ("DELETE", "/session/data/a"),
    ("DELETE", "/sessions"),
    ("DELETE", "/sessions/s_nobody"),
    ("POST", "/account/sessions/s_nobody/end"),
    ("POST", "/account/sessions/others/end"),
]
TYPES = [
    "text/plain", "multipart/form-data; boundary=x", "application/octet-stream",
    "application/jsonp", "text/json", "",
]  # fmt: skip
BODY = b'--x\r\ncontent-disposition: form-data; name="csrf"\r\n\r\n1\r\n--x--\r\n'


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_CSR_06_a_call_that_reads_no_body_refuses_other_types_than_json(
    person: Person, method: str, path: str
) -> None:
    """text/plain, multipart and unknown types are 415 and change nothing.

    Report: this project's review (case F19).
    Rule: Fetch, 2.2.2; RFC 9110, 15.5.16; ASVS 5.0, 3.5.2.
    """
    other = person.another()
    other.log_in()
    for kind in TYPES:
        fields = {"content-type": kind} if kind else {}
        assert person.call(method, path, content=BODY, headers=fields).status_code == 415, kind
    assert person.get("/session").status_code == 200
    assert other.get("/session").status_code == 200


def test_CSR_06_a_chunked_body_is_a_body(stack: Stack, person: Person) -> None:
    """A body without Content-Length is judged by its type, too.

    Report: this project's review (case F19).
    Rule: RFC 9112, 6.1; ASVS 5.0, 3.5.2.
    """
    chunked = b"Transfer-Encoding: chunked\r\nContent-Type: text/plain\r\n\r\n1\r\nx\r\n0\r\n\r\n"
    cookie = f"Cookie: holdfast={person.cookie}\r\n".encode()
    for path in (b"/logout", b"/session/rotate"):
        with Wire(stack.port) as wire:
            head = b"POST %s HTTP/1.1\r\nHost: a\r\n" % path
            assert wire.send(head + cookie + chunked).reply().status == 415


@pytest.mark.parametrize("fields", [{}, {"content-type": "text/plain"}])
@pytest.mark.parametrize(("path", "status"), [("/session/rotate", 200), ("/logout", 204)])
def test_CSR_06_an_empty_body_is_taken(
    person: Person, path: str, status: int, fields: dict[str, str]
) -> None:
    """Without a body the call is done, whether there is a Content-Type or not.

    Report: this project's review (case F19).
    Rule: RFC 9110, 8.3; ASVS 5.0, 3.5.2.
    """
    assert person.call("POST", path, headers=fields).status_code == status


@pytest.mark.parametrize(("path", "status"), [("/session/rotate", 200), ("/logout", 204)])
def test_CSR_06_json_is_taken(person: Person, path: str, status: int) -> None:
    """A body of type application/json is ignored.

    Report: this project's review (case F19).
    Rule: ASVS 5.0, 3.5.2.
    """
    assert person.post(path, {}).status_code == status


def test_CSR_06_admin_calls_follow_the_same_rule(stack: Stack, person: Person) -> None:
    """They refuse other types although they need a bearer token.

    Report: this project's review (case F19).
    Rule: RFC 9110, 15.5.16.
    """
    token = Path(stack.env["HOLDFAST_ADMIN_TOKEN_FILE"]).read_text()
    users = f"http://127.0.0.1:{stack.internal['auth-1']}/admin/users/{person.name}"
    fields = {"authorization": f"Bearer {token}", "content-type": "text/plain"}
    with httpx.Client(trust_env=False, headers=fields) as operator:
        for method, path in [
            ("DELETE", "/sessions"),
            ("POST", "/disable"),
            ("POST", "/enable"),
            ("PUT", "/roles"),
        ]:
            assert operator.request(method, users + path, content=b"x").status_code == 415
    assert person.get("/session").status_code == 200
