"""A host, and an origin, is the same however it is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.hosts import Host
from servicekit.origins import Origin, origin_of


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("Example.COM", "example.com"),
        ("example.com.", "example.com"),
        ("example.com.:8080", "example.com:8080"),
        ("EXAMPLE.com:0443", "example.com:443"),
        ("localhost", "localhost"),
        ("gateway_1", "gateway_1"),
        ("127.0.0.1:80", "127.0.0.1:80"),
        ("127.0.0.1.", "127.0.0.1"),
        ("[0:0::1]:8080", "[::1]:8080"),
        ("[::FFFF:1.2.3.4]", "[::ffff:102:304]"),
        ("b\u00fccher.example", "xn--bcher-kva.example"),
        ("B\u00dcCHER.example.", "xn--bcher-kva.example"),
        ("fa\u00df.example", "xn--fa-hia.example"),
        ("\uff45xample.com", "example.com"),
        ("xn--bcher-kva.Example", "xn--bcher-kva.example"),
    ],
)
def test_a_host_has_one_form(text: str, form: str) -> None:
    assert str(Host.parse(text)) == form
    assert Host.parse(form) == Host.parse(text)


NO_HOST = [
    "", ".", "..", "a..b", "-".join("ab") + "..", "a b", " a", "a\t", "a/b", "https://a", "a:",
    "a:b", "a:0", "a:65536", "a:-1", "a:1:2", "*.example.com", "*", "::1", "[::1", "::1]", "[::1]x",
    "[1.2.3.4]", "[::1%eth0]", "1.2.3", "1.2.3.256", "01.2.3.4", "a,b", "a@b", "a?b", "a#b", "a%62",
    "x" * 64, ".".join(["x" * 60] * 5), "a\u0000", "a\u00a0b", "\u2024", "a\u3002", "\ud800",
]  # fmt: skip


@pytest.mark.parametrize("text", NO_HOST)
def test_what_is_no_host_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Host.parse(text)


@given(st.text(max_size=30))
def test_no_text_makes_parsing_fail_otherwise(text: str) -> None:
    try:
        host = Host.parse(text)
    except ValueError:
        return
    assert Host.parse(str(host)) == host


@pytest.mark.parametrize(
    ("listed", "asked", "served"),
    [
        ("a", "a", True),
        ("a", "a:8080", True),
        ("a:8080", "a:8080", True),
        ("a:8080", "a", False),
        ("a:8080", "a:8081", False),
        ("a:443", "a", True),
        ("a:80", "a", True),
        ("[::1]", "[0::1]:8080", True),
        ("a", "b", False),
        ("a", "a.b", False),
        ("a", "b.a", False),
    ],
)
def test_a_host_without_a_port_is_served_at_every_port(
    listed: str, asked: str, served: bool
) -> None:
    assert Host.parse(asked).is_among((Host.parse(listed),)) is served


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("https://a", "https://a"),
        ("https://a:443", "https://a"),
        ("http://a:80", "http://a"),
        ("http://a:443", "http://a:443"),
        ("HTTPS://A.Example.:8443", "https://a.example:8443"),
        ("https://[::0:1]:443", "https://[::1]"),
        ("https://b\u00fccher.example", "https://xn--bcher-kva.example"),
    ],
)
def test_an_origin_has_one_form(text: str, form: str) -> None:
    assert str(Origin.parse(text)) == form
    assert Origin.parse(form) == Origin.parse(text)


@pytest.mark.parametrize(
    "text",
    [
        "null", "", "a", "//a", "https:a", "ftp://a", "https://", "https://a/", "https://a/b",
        "https://u:p@a", "https://a?b", "https://*.a", "https://a https://b", "https://a, https://b",
        "file://", "https://a:0", " https://a",
    ],
)  # fmt: skip
def test_what_is_no_origin_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        Origin.parse(text)
    assert origin_of(text) is None
