"""Hosts and origins are compared in one form, and settings of them are checked at the start."""

from edge.conftest import TRUSTED
from field.test_settings import refusal
from support.raw import Reply, ask

from devstack.stack import Stack
from gateway.settings import GatewaySettings


def send(stack: Stack, method: str, host: str, *lines: str, source: str = TRUSTED) -> Reply:
    """Send a request without a body to a public route."""
    head = [f"{method} /public HTTP/1.1", f"Host: {host}", "Content-Length: 0", *lines, "", ""]
    return ask(stack.port, "\r\n".join(head).encode("latin-1"), source)


def test_a_host_is_served_however_it_is_written(stack: Stack) -> None:
    """Case, a dot at the end and a port make no other host of one that is listed.

    Report: this project's review (case Q11).
    Rule: RFC 3986, 3.2.2; RFC 9110, 4.2.3.
    """
    served = ["a", "A", "a.", "A.:8080", "a:443", "LOCALHOST", "localhost.", "127.0.0.1:1"]
    refused = ["a..", ".a", "b", "a.b", "a:", "a:0", "a:65536", "a/", "a,b", "[::1]", "127.1", ""]

    assert {host: send(stack, "GET", host).status for host in served} == dict.fromkeys(served, 200)
    assert {host: send(stack, "GET", host).status for host in refused} == dict.fromkeys(
        refused, 400
    )


def test_a_default_port_makes_no_other_origin(stack: Stack) -> None:
    """Host and Origin name one site with or without the scheme's own port, and no other site.

    Report: this project's review (case Q11).
    Rule: RFC 6454, 4 and 5; ASVS 5.0, 3.5.1.
    """
    https = "X-Forwarded-Proto: https"
    same = [("a:443", "https://a"), ("a", "https://a:443"), ("A.", "https://a"), ("a", "https://A")]
    other = [
        ("a:443", "http://a"),
        ("a:8443", "https://a"),
        ("a", "https://a:8443"),
        ("a", "https://b"),
        ("a", "https://a, https://a"),
        ("a", "https://a/"),
        ("a", "null"),
    ]
    for host, origin in same:
        assert send(stack, "POST", host, f"Origin: {origin}", https).status == 200, (host, origin)
    for host, origin in other:
        assert send(stack, "POST", host, f"Origin: {origin}", https).status == 403, (host, origin)
    assert send(stack, "POST", "a:80", "Origin: http://a").status == 200


def test_a_scheme_of_several_proxies_is_that_of_the_client(stack: Stack) -> None:
    """A page under TLS is not another site because a proxy writes the scheme in another way.

    Report: this project's review (case Q10).
    Rule: RFC 9110, 4.2.3 and 5.6.1; ASVS 5.0, 4.1.3.
    """
    rows = [
        ("X-Forwarded-Proto: HTTPS", 200),
        ("X-Forwarded-Proto: http,https", 200),
        ("X-Forwarded-Proto: http\r\nX-Forwarded-Proto: https", 200),
        ("X-Forwarded-Proto: wss", 200),
        ("X-Forwarded-For: 192.0.2.1, 127.0.0.2\r\nX-Forwarded-Proto: https, http", 200),
        # What a client wrote is on the left of what the trusted proxy saw.
        ("X-Forwarded-For: 192.0.2.1\r\nX-Forwarded-Proto: https, http", 403),
        ("X-Forwarded-Proto: https,http", 403),
        ("X-Forwarded-Proto: gopher", 403),
    ]
    for lines, status in rows:
        assert send(stack, "POST", "a", "Origin: https://a", lines).status == status, lines
    stranger = send(
        stack, "POST", "a", "Origin: https://a", "X-Forwarded-Proto: HTTPS", source="127.0.0.3"
    )
    assert stranger.status == 403


def test_hosts_and_origins_in_settings_are_normalised_or_refused() -> None:
    """A listed host matches in any writing; what can never match stops the start with one line.

    Report: this project's review (case F11).
    Rule: RFC 3986, 3.2.2; UTS 46; ASVS 5.0, 13.1.
    """
    hosts = [
        "Example.com", "example.com.", "localhost:8080", "[::1]", "b\u00fccher.test", "a, B.test",
    ]  # fmt: skip
    no_hosts = [
        "https://example.com", "example.com/", "*.example.com", "*", "a b", "a,,b", "a,", ",",
        "::1", "a:0", "a:http", "a@b", "1.2.3.256",
    ]  # fmt: skip
    origins = ["https://Example.com", "https://a:443, http://b:8080", "https://b\u00fccher.example"]
    no_origins = [
        "example.com", "https://example.com/", "https://*.example.com", "*", "null", "ftp://a",
        "https://a,", "https://", "https://a:99999", "https://u:p@a",
    ]  # fmt: skip
    for name, taken, refused in (
        ("HOLDFAST_HOSTS", hosts, no_hosts),
        ("HOLDFAST_ALLOWED_ORIGINS", origins, no_origins),
    ):
        for text in taken:
            assert refusal(GatewaySettings, **{name: text}) == "", text
        for text in refused:
            assert refusal(GatewaySettings, **{name: text}).startswith(f"{name} is malformed"), text
