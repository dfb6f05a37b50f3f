"""A forged identity never arrives: every known spelling and way in, as bytes, to the upstream."""

import json
import re

import pytest
from support.people import Person
from support.raw import Wire, ask
from support.scripted import Scripted

from devstack.stack import Stack

SPELLINGS = [
    "X-Auth-User", "x-auth-user", "X_Auth_User", "X.Auth.User", "X-Auth_User", "X_AUTH-USER",
    "XAuthUser", "X--Auth--User", "X~Auth~User", "X!Auth!User", "X`Auth`User", "X'Auth'User",
    "X|Auth|User", "X-Auth-User.", "X-Auth-User-", "X-Auth-User_", "-X-Auth-User", "X+Auth+User",
    "x-AUTH-user", "X^Auth^User", "X*Auth*User", "X$Auth$User", "X%Auth%User", "X&Auth&User",
    "X#Auth#User", "X-Auth-Roles", "X_Auth_Roles", "X.Auth.Roles", "X-Auth-Session",
    "X_Auth_Session", "X-Auth-Assertion", "X_Auth_Assertion", "X-Auth-Email", "X-Auth-Groups",
    "X-Holdfast-Service-Token", "X_Holdfast_Service_Token", "X-Holdfast-Anything",
    "X-Forwarded-User", "X_Forwarded_User", "X-Forwarded-Groups",
]  # fmt: skip
FORGED = "X-Auth-User: forged"
OURS = "X-Auth-User, X-Auth-Roles, X-Auth-Session, X-Auth-Assertion"
SOCKET = [
    "Upgrade: websocket", "Connection: Upgrade", "Sec-WebSocket-Version: 13",
    "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==",
]  # fmt: skip
LINES: dict[str, list[str]] = {
    **{name: [f"{name}: forged"] for name in SPELLINGS},
    "twice": [FORGED, FORGED],
    "twice, in two spellings": [FORGED, "X_Auth_User: forged"],
    "no space": ["X-Auth-User:forged"],
    "spaces and tabs": ["X-Auth-User: \t forged \t "],
    "an empty one before": ["X-Auth-User:", FORGED],
    "listed by Connection": ["Connection: X-Auth-User", FORGED],
    "all of ours listed": [f"Connection: close, {OURS}", FORGED],
    "listed by two": ["Connection: X-Auth-User", "Connection: X_Auth_User", FORGED],
    "listed by Proxy-Connection": ["Proxy-Connection: X-Auth-User", FORGED],
    "named by Trailer": ["Trailer: X-Auth-User", FORGED],
    "with a socket's handshake": [*SOCKET, FORGED],
    "listed with a socket's handshake": [
        *SOCKET[:1], f"Connection: Upgrade, {OURS}", *SOCKET[2:], FORGED,
    ],
    "with an upgrade to h2c": [
        "Upgrade: h2c", "Connection: Upgrade, HTTP2-Settings", "HTTP2-Settings: AAMAAABkAAQAAP__",
        FORGED,
    ],
    "expecting 100": ["Expect: 100-continue", "Content-Length: 0", FORGED],
    "the last of many": [*(f"X-{n}: 1" for n in range(80)), FORGED],
    "behind a large one": ["X: " + "a" * 16_000, FORGED],
    "as another method": ["X-HTTP-Method-Override: POST", FORGED],
    # These are refused whole.
    "space before the colon": ["X-Auth-User : forged"],
    "tab before the colon": ["X-Auth-User\t: forged"],
    "space before the name": [" X-Auth-User: forged"],
    "folded": ["X: a", " X-Auth-User: forged"],
    "folded value": ["X-Auth-User:", " forged"],
    "behind a bare CR": ["X: a\rX-Auth-User: forged"],
    "behind a bare LF": ["X: a\nX-Auth-User: forged"],
    "behind a NUL": ["X: a\x00X-Auth-User: forged"],
    "NUL in the name": ["X-Auth\x00-User: forged"],
    "no-break space behind the name": ["X-Auth-User\xa0: forged"],
    "other hyphens": ["X\xadAuth\xadUser: forged"],
    "no colon before": ["X", FORGED],
}  # fmt: skip


def _get(path: str, *lines: str, start: str = "GET {} HTTP/1.1", body: str = "") -> bytes:
    head = "\r\n".join([start.format(path), "Host: a", "Cookie: {cookie}", *lines])
    return f"{head}\r\n\r\n{body}".encode("latin-1")


def attempts(path: str) -> dict[str, bytes]:
    """Return every attempt on a path, by name."""
    whole = _get(path, FORGED)
    inside = f"GET {path} HTTP/1.1\r\nHost: a\r\n{FORGED}\r\n\r\n"
    chunk = "1\r\nx\r\n0\r\n"
    chunked = "Transfer-Encoding: chunked"
    post = "POST {} HTTP/1.1"
    return {
        **{name: _get(path, *lines) for name, lines in LINES.items()},
        "in HTTP/1.0": _get(path, FORGED, start="GET {} HTTP/1.0"),
        "in absolute form": _get(path, FORGED, start="GET http://a{} HTTP/1.1"),
        "in absolute form elsewhere": _get(path, FORGED, start="GET http://b{} HTTP/1.1"),
        "in a HEAD": _get(path, FORGED, start="HEAD {} HTTP/1.1"),
        "in an OPTIONS": _get(path, FORGED, start="OPTIONS {} HTTP/1.1"),
        "in a trailer": _get(path, chunked, start=post, body=f"{chunk}{FORGED}\r\n\r\n"),
        "in a trailer that is named": _get(
            path, chunked, "Trailer: X-Auth-User", "TE: trailers", "Connection: TE",
            start=post, body=f"{chunk}{FORGED}\r\n\r\n",
        ),
        "in a chunk's extension": _get(
            path, chunked, start=post, body=f"1;{FORGED}\r\nx\r\n0\r\n\r\n"
        ),
        "in the request behind": _get(path) + whole,
        "in the request behind a refused one": _get("/nothing") + whole,
        "in the request behind a body": _get(
            path, "Content-Length: 1", start=post, body="x"
        ) + whole,
        "smuggled by two lengths": _get(
            path, f"Content-Length: {len(inside)}", "Content-Length: 0", start=post, body=inside
        ),
        "smuggled by length and chunks": _get(
            path, f"Content-Length: {len(inside) + 5}", chunked, start=post,
            body=f"0\r\n\r\n{inside}",
        ),
        "smuggled by a coding nobody knows": _get(
            path, "Transfer-Encoding: xchunked", start=post, body=f"0\r\n\r\n{inside}"
        ),
    }  # fmt: skip


def bare(name: str) -> str:
    """Return a field's name as the most careless server could read it."""
    return re.sub(r"[^a-z0-9]", "", name.lower())


def told_of_identity(head: bytes) -> list[tuple[str, str]]:
    """Return the fields of a request's head that a server behind could take for identity."""
    lines = (line.partition(":") for line in head.decode("latin-1").split("\r\n")[1:] if line)
    fields = [(name, value.strip()) for name, _, value in lines]
    return [pair for pair in fields if re.match("xauth|xholdfast|xforwardeduser", bare(pair[0]))]


@pytest.mark.parametrize("at", [0, 1], ids=["C", "Python"])
@pytest.mark.parametrize("path", ["/raw", "/raw-member"])
def test_PRX_03_PRX_04_PRX_05_a_forged_identity_never_arrives(
    stack: Stack, scripted: Scripted, person: Person, path: str, at: int
) -> None:
    """Whatever arrives carries ours, once each, or none on a public route. Judged by the bytes."""
    scripted.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    arrived = 0
    for name, request in attempts(path).items():
        scripted.heads.clear()
        with Wire(stack.port + at) as wire:
            cookie = f"holdfast={person.cookie}"
            wire.send(request.replace(b"{cookie}", cookie.encode()))
            wire.socket.settimeout(5)
            assert wire.reply(head_only=request.startswith(b"HEAD")).status, name
            if name.startswith("in the request behind"):
                assert wire.reply().status == 200, name
        for head in scripted.heads:
            assert b"forged" not in head, (name, head)
            ours = told_of_identity(head)
            users = [value for one, value in ours if one == "x-auth-user"]
            assert users == ([person.name] if path == "/raw-member" else []), (name, head)
            names = [bare(one) for one, _ in ours]
            assert len(names) == len(set(names)) == (4 if path == "/raw-member" else 0), name
        arrived += len(scripted.heads)
    # Far from all is refused; what passes was looked at.
    assert arrived > len(SPELLINGS)


def test_PRX_04_a_forged_identity_never_arrives_by_a_stripped_prefix(
    stack: Stack, person: Person
) -> None:
    lines = [f"{name}: forged" for name in SPELLINGS]
    head = "\r\n".join(["GET /short/echo HTTP/1.1", "Host: a", *lines])
    answer = ask(stack.port, f"{head}\r\nCookie: holdfast={person.cookie}\r\n\r\n".encode())

    assert answer.status == 200
    assert b"forged" not in answer.body
    assert not [name for name, _ in json.loads(answer.body)["headers"] if "auth" in name]


def test_PRX_04_nobody_gets_in_by_a_forged_identity(
    stack: Stack, scripted: Scripted, visitor: Person
) -> None:
    """The same attempts without a cookie that opens anything."""
    scripted.heads.clear()
    for name, request in attempts("/raw-member").items():
        status = ask(stack.port, request.replace(b"{cookie}", b"a=1")).status
        assert status in (400, 401, 404, 501), (name, status)
    assert scripted.heads == []
    assert visitor.get("/raw-member").status_code == 401
