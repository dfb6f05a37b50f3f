"""A client's address has one form, however a socket or a proxy writes it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.client_address import counted_as, normal_form, parse_address, parse_network


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("192.0.2.1", "192.0.2.1"),
        (" 192.0.2.1\t", "192.0.2.1"),
        ("192.0.2.1:5678", "192.0.2.1"),
        ("192.0.2.1:_port", "192.0.2.1"),
        ("::ffff:192.0.2.1", "192.0.2.1"),
        ("::FFFF:c000:0201", "192.0.2.1"),
        ("[::ffff:192.0.2.1]:443", "192.0.2.1"),
        ("2001:DB8:0:0::1", "2001:db8::1"),
        ("[2001:db8::1]", "2001:db8::1"),
        ("[2001:db8::1]:443", "2001:db8::1"),
        ("[2001:db8::1]:_4711", "2001:db8::1"),
        ("fe80::1%eth0", "fe80::1"),
        ("[fe80::1%25eth0]:80", "fe80::1"),
        ("::1", "::1"),
    ],
)
def test_an_address_has_one_form(text: str, form: str) -> None:
    assert normal_form(text) == form
    assert normal_form(form) == form


@pytest.mark.parametrize(
    "text",
    [
        "",
        "unknown",
        "_hidden",
        "_SEVKISEK",
        "localhost",
        "192.0.2",
        "192.0.2.256",
        "192.0.2.01",
        "192.0.2.1:",
        "192.0.2.1:80:80",
        "192.0.2.1:999999",
        "[192.0.2.1]",
        "[::1",
        "::1]",
        "[::1]80",
        "[[::1]]",
        "192.0.2.1 192.0.2.2",
        "\xa0192.0.2.1",
        "1" * 10_000,
    ],
)
def test_what_has_no_address_is_none(text: str) -> None:
    assert parse_address(text) is None
    assert normal_form(text) == text


@given(st.text(max_size=50))
def test_no_text_makes_parsing_fail(text: str) -> None:
    parsed = parse_address(text)

    assert parsed is None or parse_address(str(parsed)) == parsed


def test_an_ipv6_customer_counts_once_and_so_does_an_ipv4_address() -> None:
    assert counted_as("2001:db8:1:2:3::4") == counted_as("[2001:db8:1:2:ffff::]:80")
    assert counted_as("2001:db8:1:2:3::4") == "2001:db8:1:2::/64"
    assert counted_as("2001:db8:1:3::4") != counted_as("2001:db8:1:2::4")
    assert counted_as("::ffff:192.0.2.1") == counted_as("192.0.2.1:1") == "192.0.2.1"
    assert counted_as("192.0.2.1") != counted_as("192.0.2.2")


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.0.0.0/8", "10.0.0.0/8"),
        ("192.0.2.7", "192.0.2.7/32"),
        ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
        ("::ffff:192.0.2.7", "192.0.2.7/32"),
        ("fd00::/8", "fd00::/8"),
        ("::/0", "::/0"),
    ],
)
def test_a_network_has_one_form(text: str, network: str) -> None:
    assert str(parse_network(text)) == network


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("10.0.0.1/8", "is an address inside of 10.0.0.0/8"),
        ("proxy", "neither an IP address nor a network"),
        ("10.0.0.0/33", "neither"),
        ("10.0.0.1:80", "neither"),
        ("[::1]", "neither"),
        ("fe80::1%eth0", "a zone"),
        ("*", "neither"),
    ],
)
def test_what_is_no_network_is_refused(text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        parse_network(text)
