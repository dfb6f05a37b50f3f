"""Which header fields pass, in both directions."""

import json
from typing import Any

import pytest
from edge.conftest import TRUSTED
from support.echo import Echo
from support.people import Person
from support.raw import Reply, ask
from support.scripted import Scripted

from devstack.stack import Stack

Pairs = list[tuple[str, str]]


def pairs(reply: Reply) -> Pairs:
    """Return the fields that the upstream tells it received."""
    return [(name, value) for name, value in json.loads(reply.body)["headers"]]


def get(
    stack: Stack, path: str, *lines: str, source: str = "127.0.0.1", method: str = "GET"
) -> Reply:
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *lines])
    return ask(stack.port, f"{head}\r\n\r\n".encode("latin-1"), source)


def names(told: Pairs) -> set[str]:
    return {name for name, _ in told}


def test_PRX_01_what_connection_lists_stays_here(stack: Stack, scripted: Scripted) -> None:
    told = pairs(get(stack, "/public", "Connection: X-Foo, keep-alive", "X-Foo: 1", "X-Bar: 2"))
    assert "x-foo" not in names(told)
    assert ("x-bar", "2") in told

    scripted.answer = (
        b"HTTP/1.1 200 OK\r\nConnection: X-Foo, close\r\nX-Foo: 1\r\nX-Bar: 2\r\n"
        b"Keep-Alive: timeout=5\r\nContent-Length: 0\r\n\r\n"
    )
    answer = get(stack, "/raw")
    assert answer.all("x-foo") == answer.all("keep-alive") == []
    assert answer.all("x-bar") == ["2"]


def test_PRX_02_fields_of_one_hop_stay_here(stack: Stack) -> None:
    hop = ["Proxy-Connection", "Keep-Alive", "TE", "Proxy-Authorization", "Upgrade", "Trailer"]
    told = pairs(get(stack, "/public", *(f"{name}: x" for name in hop), "Expect: x"))

    assert not names(told) & {name.lower() for name in [*hop, "Expect", "Transfer-Encoding"]}


def test_PRX_03_no_connection_list_takes_identity_away(person: Person) -> None:
    listed = {"connection": "x-auth-user, x-auth-roles, x-auth-session, via, x-forwarded-for"}
    told = person.get("/echo", headers=listed).json()["headers"]

    assert ["x-auth-user", person.name] in told
    assert {"x-auth-roles", "x-auth-session", "via", "x-forwarded-for"} <= {n for n, _ in told}


def test_PRX_05_a_public_route_tells_no_identity(person: Person) -> None:
    told = person.get("/public", headers={"x-auth-user": "forged"}).json()["headers"]

    assert not [name for name, _ in told if name.startswith("x-auth")]


FORWARDED = [
    "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Forwarded-Port",
    "X-Forwarded-Prefix", "X-Forwarded-Uri", "X-Forwarded-Method", "X-Forwarded-Server",
    "X-Forwarded-Ssl", "Forwarded", "X-Real-IP", "X-Original-URL", "X-Rewrite-URL",
]  # fmt: skip


def test_PRX_06_GUN_06_GUN_11_what_a_stranger_forwards_is_replaced(stack: Stack) -> None:
    lines = [f"{name}: 6.6.6.6" for name in FORWARDED]
    told = pairs(get(stack, "/public", *lines, "X_Forwarded_For: 6.6.6.6"))

    assert not [name for name, value in told if "6.6.6.6" in value]
    assert dict(told)["x-forwarded-for"] == "127.0.0.1"
    assert dict(told)["x-forwarded-host"] == "a"
    assert dict(told)["x-forwarded-proto"] == "http"


def test_PRX_06_a_trusted_proxy_is_believed_about_address_and_scheme(stack: Stack) -> None:
    lines = ["X-Forwarded-For: 6.6.6.6, 192.0.2.7", "X-Forwarded-Proto: https"]
    told = dict(pairs(get(stack, "/public", *lines, source=TRUSTED)))

    assert told["x-forwarded-for"] == "192.0.2.7"
    assert told["x-forwarded-proto"] == "https"
    odd = get(stack, "/public", "X-Forwarded-Proto: gopher", source=TRUSTED)
    assert dict(pairs(odd))["x-forwarded-proto"] == "http"


def test_PRX_06_a_page_behind_a_proxy_with_TLS_is_no_other_site(stack: Stack) -> None:
    told = ["Origin: https://a", "X-Forwarded-Proto: https", "Content-Length: 0"]

    assert get(stack, "/public", *told, method="POST", source=TRUSTED).status == 200
    assert get(stack, "/public", *told, method="POST").status == 403


def test_PRX_07_no_forwarded_field_is_made(stack: Stack) -> None:
    assert "forwarded" not in names(pairs(get(stack, "/public", 'Forwarded: for="[::1]"')))


def test_PRX_08_every_request_tells_the_way_it_came(stack: Stack) -> None:
    assert ("via", "1.1 holdfast") in pairs(get(stack, "/public"))
    assert [v for n, v in pairs(get(stack, "/public", "Via: 1.0 fred")) if n == "via"] == [
        "1.0 fred",
        "1.1 holdfast",
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ('a=1; {ours}; b="x y"', 'a=1; b="x y"'),
        ("{ours}; a=1", "a=1"),
        ("a=1;{ours};b=2", "a=1;b=2"),
        ("a=1; {ours}", "a=1"),
        ("{ours}", None),
        ("a=%7E=; =; {ours};;b", "a=%7E=; =;;b"),
        ("holdfastish=1; {ours}; xholdfast=2", "holdfastish=1; xholdfast=2"),
    ],
)
def test_PRX_09_our_cookie_stays_and_the_others_pass_byte_for_byte(
    person: Person, stack: Stack, before: str, after: str | None
) -> None:
    line = before.format(ours=f"holdfast={person.cookie}")
    told = dict(pairs(get(stack, "/echo", f"Cookie: {line}")))

    assert told.get("cookie") == after
    assert str(person.cookie) not in json.dumps(told)


TOSSED = [
    "holdfast=evil; Path=/", "HOLDFAST=evil", " holdfast=evil", "holdfast =evil", "=holdfast=evil",
    "= holdfast=evil", "__Host-holdfast=evil; Secure", "__Secure-holdfast=evil", "holdfast",
    "holdfast; Max-Age=0", "holdfast=; Max-Age=0", "__host-HOLDFAST=evil",
]  # fmt: skip


@pytest.mark.parametrize("tossed", TOSSED)
def test_COO_11_no_upstream_sets_or_clears_our_cookie(
    stack: Stack, scripted: Scripted, tossed: str
) -> None:
    scripted.answer = (
        f"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: {tossed}\r\nset-cookie: {tossed}\r\n"
        "Set-Cookie: holdfastish=1\r\nContent-Length: 0\r\n\r\n"
    ).encode()

    answer = get(stack, "/raw")

    assert answer.all("set-cookie") == ["a=1", "holdfastish=1"]
    # The request's id finds the line that tells of it.
    lines = (stack.folder / "gateway-1.log").read_text().splitlines()
    told = [json.loads(line) for line in lines if '"upstream_cookie_dropped"' in line]
    assert answer.all("x-request-id")[0] in {line["request_id"] for line in told}


def test_COO_08_set_cookie_lines_are_never_folded(stack: Stack, scripted: Scripted) -> None:
    lines = ["a=1; Expires=Wed, 21 Oct 2026 07:28:00 GMT", "b=2", "a=3"]
    fields = "".join(f"Set-Cookie: {line}\r\n" for line in lines)
    scripted.answer = f"HTTP/1.1 200 OK\r\n{fields}Content-Length: 0\r\n\r\n".encode()

    assert get(stack, "/raw").all("set-cookie") == lines


def test_HDR_06_what_caches_may_do_is_up_to_the_service(stack: Stack, scripted: Scripted) -> None:
    told = {"cache-control": "max-age=60", "vary": "Accept, X-A", "expires": "0", "age": "7"}
    fields = "".join(f"{name}: {value}\r\n" for name, value in told.items())
    for some in (fields, ""):
        scripted.answer = f"HTTP/1.1 200 OK\r\n{some}Content-Length: 0\r\n\r\n".encode()
        answer = get(stack, "/raw")
        assert {n: v for n, v in answer.fields if n in told} == (told if some else {})


def test_an_upstream_does_not_speak_in_our_name(stack: Stack, scripted: Scripted) -> None:
    scripted.answer = (
        b"HTTP/1.1 200 OK\r\nX-Served-By: evil\r\nX-Request-Id: evil\r\nServer: evil/1.0\r\n"
        b'X-Powered-By: evil\r\nClear-Site-Data: "cookies"\r\nContent-Length: 0\r\n\r\n'
    )
    answer = get(stack, "/raw", "X-Request-Id: mine")

    assert not [value for _, value in answer.fields if "evil" in value]
    assert not answer.all("clear-site-data")
    assert answer.all("x-request-id") == ["mine"]
    assert answer.all("x-served-by") == ["gateway-1"]
    assert answer.all("server") == ["holdfast"]


def test_PRX_28_an_assertion_comes_only_from_us_and_only_with_identity(
    person: Person, echo: Echo
) -> None:
    forged: dict[str, Any] = {"headers": {"x-auth-assertion": "forged"}}
    told = dict(person.get("/echo", **forged).json()["headers"])

    assert told["x-auth-assertion"].count(".") == 2
    assert "x-auth-assertion" not in dict(person.get("/public", **forged).json()["headers"])
    assert echo.seen
