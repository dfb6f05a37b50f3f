"""HTTP semantics on a running stack: preflights, content codings, fields of several lines."""

import gzip
import zlib

import pytest
from support.echo import Echo
from support.people import Person
from support.raw import Reply, ask

from devstack.stack import Stack

ORIGIN = "https://elsewhere.test"
ASKED = {"origin": ORIGIN, "access-control-request-method": "PUT"}


def auth_port(stack: Stack) -> int:
    return int(stack.env["HOLDFAST_AUTH_URLS"].split(",")[0].rpartition(":")[2])


def lines(port: int, method: str, path: str, *fields: str, body: bytes = b"") -> Reply:
    head = [f"{method} {path} HTTP/1.1", "Host: 127.0.0.1", *fields]
    if body:
        head += [f"Content-Length: {len(body)}"]
    return ask(port, "\r\n".join([*head, "", ""]).encode("latin-1") + body)


@pytest.mark.parametrize("path", ["/echo/a", "/member", "/boss/x"])
def test_a_preflight_needs_no_session_and_goes_no_further(
    stack: Stack, visitor: Person, echo: Echo, path: str
) -> None:
    """A preflight to a route with a session is 204 without a CORS field, and is not forwarded.

    Report: this project's review (case Q4).
    Rule: Fetch, 4.8 (a preflight has no credentials); RFC 9110, 9.3.7.
    """
    before = len(echo.seen)
    for at in range(len(stack.urls)):
        answer = visitor.call("OPTIONS", path, at=at, headers=ASKED)
        assert (answer.status_code, answer.content) == (204, b"")
        assert "PUT" in answer.headers["allow"]
        assert not [name for name in answer.headers if name.startswith("access-control-")]
        assert "set-cookie" not in answer.headers
    # What is not a preflight is still a request that needs a session.
    for fields in ({}, {"origin": ORIGIN}, {"access-control-request-method": "PUT"}):
        assert visitor.call("OPTIONS", path, headers=fields).status_code == 401
    assert visitor.get(path, headers=ASKED).status_code == 401
    assert len(echo.seen) == before


def test_a_preflight_to_a_public_route_is_the_services(visitor: Person, echo: Echo) -> None:
    """A public route's preflight reaches the service, which answers it.

    Report: this project's review (case Q4).
    Rule: RFC 9110, 9.3.7.
    """
    answer = visitor.call("OPTIONS", "/public/a", headers=ASKED)
    assert answer.status_code == 200
    assert dict(answer.json()["headers"])["access-control-request-method"] == "PUT"
    assert echo.seen[-1] == "/public/a"


CODED = [
    ("gzip", gzip.compress(b"1")), ("GZIP", gzip.compress(b"1")), ("deflate", zlib.compress(b"1")),
    ("br", b"1"), ("zstd", b"1"), ("x-gzip", b"1"), ("nonsense", b"1"), ("gzip, identity", b"1"),
    ("identity, gzip", b"1"), ("chunked", b"1"), ("*", b"1"), ("utf-8", b"1"),
]  # fmt: skip


def test_a_body_in_a_content_coding_is_415(stack: Stack, person: Person) -> None:
    """A coded body, and one falsely said to be coded, is 415 with Accept-Encoding: identity.

    Report: this project's review (case Q6).
    Rule: RFC 9110, 8.4, 15.5.16.
    """
    patch = b'{"ops":[{"op":"set","name":"a","value":1}]}'
    form = b"username=a&password=b"
    for coding, one in CODED:
        fields = {"content-encoding": coding, "content-type": "application/json"}
        for method, path, body, kind in [
            ("PUT", "/session/data/a", one, "application/json"),
            ("PATCH", "/session/data", patch, "application/json"),
            ("POST", "/login", b"{}", "application/json"),
            ("POST", "/register", b"{}", "application/json"),
            ("POST", "/password", b"{}", "application/json"),
            ("POST", "/login", form, "application/x-www-form-urlencoded"),
            ("POST", "/register", form, "application/x-www-form-urlencoded"),
        ]:
            fields["content-type"] = kind
            answer = person.call(method, path, content=body, headers=fields)
            assert answer.status_code == 415, (coding, method, path)
            assert answer.headers["accept-encoding"] == "identity"
            assert answer.json()["type"] == "/problems/unsupported-media-type"
    assert person.get("/session/data").json() == {}
    for coding in ("identity", "Identity", "", ", identity ,"):
        answer = person.call("PUT", "/session/data/a", json=1, headers={"content-encoding": coding})
        assert answer.status_code == 200, coding
    cookie = f"Cookie: holdfast={person.cookie}"
    two = ("Content-Encoding: identity", "Content-Encoding: gzip", "Content-Type: application/json")
    refused = lines(stack.port, "PUT", "/session/data/a", cookie, *two, body=b"2")
    assert refused.status == 415
    assert person.get("/session/data/a").json() == 1


def test_a_part_of_a_value_cannot_be_put(stack: Stack, person: Person) -> None:
    """PUT with Content-Range is 400 and stores nothing.

    Report: this project's review (case Q6).
    Rule: RFC 9110, 14.4, 14.5.
    """
    for given in ("bytes 0-0/1", "bytes */1", "items 1-2/3", "x"):
        fields = {"content-range": given}
        answer = person.call("PUT", "/session/data/a", json=1, headers=fields)
        assert (answer.status_code, answer.json()["type"]) == (400, "/problems/bad-request")
        token = (stack.folder / "holdfast_admin_token").read_text()
        roles = lines(
            stack.internal["auth-1"],
            "PUT",
            f"/admin/users/{person.name}/roles",
            f"Authorization: Bearer {token}",
            f"Content-Range: {given}",
            "Content-Type: application/json",
            body=b'{"roles":[]}',
        )
        assert roles.status == 400
    # It has no meaning with other methods.
    op = {"op": "set", "name": "b", "value": 1}
    assert person.patch(op, headers={"content-range": "bytes 0-0/1"}).status_code == 200
    assert person.get("/session/data").json() == {"b": 1}


def test_lines_of_one_list_count_together(stack: Stack) -> None:
    """Of two Accept lines the second counts as the first does, at the gateway and behind it.

    Report: this project's review (case Q23).
    Rule: RFC 9110, 5.2, 5.3, 12.5.1.
    """
    plain, page = "Accept: application/json", "Accept: text/html"
    for port in (stack.port, stack.port + 1):
        for path in ("/session", "/problems", "/sessions", "/member"):
            for given, kind in [
                ((plain, page), "text/html"),
                ((page, plain), "text/html"),
                ((plain, f"{page};q=0.5"), "json"),
                ((f"{page};q=0.5", plain), "json"),
                (("Accept: image/png", page), "text/html"),
                (("Accept: image/png", plain), "json"),
            ]:
                # Not a navigation, which is led to the sign-in page.
                fetched = ("Sec-Fetch-Mode: cors", "Sec-Fetch-Site: same-origin")
                answer = lines(port, "GET", path, *given, *fetched)
                assert kind in answer.all("content-type")[0], (path, given)


def test_no_line_of_a_single_field_is_overlooked(stack: Stack, person: Person) -> None:
    """A field that may come once is not believed when it comes twice.

    Report: this project's review (case Q23).
    Rule: RFC 9110, 5.3, 5.5.
    """
    cookie = f"Cookie: holdfast={person.cookie}"
    kind = "Content-Type: application/json"
    for port in (stack.port, stack.port + 1):
        for given, status in [
            ((kind, "Sec-Fetch-Site: same-origin", "Sec-Fetch-Site: cross-site"), 403),
            ((kind, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Site: same-origin"), 403),
            ((kind, f"Origin: http://127.0.0.1:{port}", f"Origin: {ORIGIN}"), 403),
            ((kind, "Content-Type: text/plain"), 400),
            (("Content-Type: text/plain", kind), 400),
            ((kind,), 200),
        ]:
            answer = lines(port, "PUT", "/session/data/a", cookie, *given, body=b"1")
            assert answer.status == status, given
    for given in (("POST", "GET"), ("GET", "POST")):
        fields = [f"X-Forwarded-Method: {one}" for one in given]
        verified = lines(stack.port, "GET", "/auth/verify", cookie, *fields, f"Origin: {ORIGIN}")
        assert verified.status == 403


def test_a_websocket_handshake_may_have_its_lists_on_several_lines(
    stack: Stack, person: Person
) -> None:
    """Connection and Upgrade are lists: a handshake with more lines or members is one still.

    Report: this project's review (case Q23).
    Rule: RFC 9110, 5.3, 7.6.1, 7.8; RFC 6455, 4.2.1.
    """
    handshake = ("Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==", "Sec-WebSocket-Version: 13")
    cookie = f"Cookie: holdfast={person.cookie}"
    for port in (stack.port, stack.port + 1):
        for given, opens in [
            (("Connection: Upgrade", "Upgrade: websocket"), True),
            (("Connection: upgrade", "Connection: keep-alive", "Upgrade: WebSocket"), True),
            (("Connection: keep-alive , Upgrade", "Upgrade: websocket"), True),
            (("Connection: Upgrade", "Upgrade: websocket", "Upgrade: x"), True),
            (("Connection: not-upgrade", "Upgrade: websocket"), False),
            (("Connection: Upgrade", "Upgrade: websockets"), False),
        ]:
            head = "\r\n".join(
                [
                    "GET /member/socket HTTP/1.1",
                    "Host: 127.0.0.1",
                    cookie,
                    *handshake,
                    *given,
                    "",
                    "",
                ]
            )
            with_socket = ask(port, head.encode())
            assert (with_socket.status == 101) is opens, (given, with_socket.status)
