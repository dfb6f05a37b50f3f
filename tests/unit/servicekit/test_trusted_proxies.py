"""A forwarded address or scheme is believed from a trusted proxy only, one hop at a time."""

from ipaddress import ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from servicekit.client_address import parse_network
from servicekit.trusted_proxies import TrustedProxies

NETWORKS = [parse_network("10.0.0.0/8"), parse_network("fd00::/8")]
PROXIES = TrustedProxies(NETWORKS)
RFC_7239 = TrustedProxies(NETWORKS, "forwarded")


@pytest.mark.parametrize(
    ("peer", "fields", "found"),
    [
        ("192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("::ffff:192.0.2.1", ["203.0.113.9"], "192.0.2.1"),
        ("10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("::ffff:10.0.0.1", ["203.0.113.9"], "203.0.113.9"),
        ("fd00::1", ["203.0.113.9:4711"], "203.0.113.9"),
        ("10.0.0.1", ["[2001:db8::1]:4711"], "2001:db8::1"),
        ("10.0.0.1", ["[2001:db8::1]"], "2001:db8::1"),
        ("10.0.0.1", ["::ffff:203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.9, 10.9.9.9"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4, 203.0.113.9:5, [::ffff:10.9.9.9]:80"], "203.0.113.9"),
        ("10.0.0.1", ["1.2.3.4", "203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", ["203.0.113.9, "], "203.0.113.9"),
        ("10.0.0.1", ["10.1.1.1, 10.2.2.2"], "10.1.1.1"),
        ("10.0.0.1", ["nonsense"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, unknown"], "10.0.0.1"),
        ("10.0.0.1", ["203.0.113.9, _hidden, 10.9.9.9"], "10.9.9.9"),
        ("10.0.0.1", ["nonsense, 203.0.113.9"], "203.0.113.9"),
        ("10.0.0.1", [""], "10.0.0.1"),
        ("10.0.0.1", [], "10.0.0.1"),
        ("10.0.0.1", ["x" * 5000 + ", 203.0.113.9"], "203.0.113.9"),
        ("", ["203.0.113.9"], ""),
    ],
)
def test_an_address_is_the_last_that_no_trusted_proxy_has(
    peer: str, fields: list[str], found: str
) -> None:
    assert PROXIES.client(peer, tuple(fields)).address == found


@pytest.mark.parametrize(
    ("peer", "addresses", "schemes", "found"),
    [
        ("192.0.2.1", ["203.0.113.9"], ["https"], None),
        ("10.0.0.1", [], ["https"], "https"),
        ("10.0.0.1", ["203.0.113.9"], ["HTTPS"], "https"),
        ("10.0.0.1", ["203.0.113.9"], ["wss"], "https"),
        ("10.0.0.1", ["203.0.113.9"], ["WS"], "http"),
        ("10.0.0.1", ["203.0.113.9"], ["gopher"], None),
        ("10.0.0.1", ["203.0.113.9"], [], None),
        ("10.0.0.1", [], ["https", "http"], "http"),
        # What the client wrote is on the left of what the proxy saw.
        ("10.0.0.1", ["203.0.113.9"], ["https,http"], "http"),
        ("10.0.0.1", ["203.0.113.9"], ["http, https"], "https"),
        ("10.0.0.1", ["203.0.113.9"], ["http", "https"], "https"),
        # Two proxies that append: TLS ends at the first one.
        ("10.0.0.1", ["203.0.113.9, 10.9.9.9"], ["https,http"], "https"),
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], ["https, http, https"], "http"),
        # One scheme for all of them was set by one proxy alone.
        ("10.0.0.1", ["1.1.1.1, 203.0.113.9, 10.9.9.9"], ["https"], "https"),
        ("10.0.0.1", ["203.0.113.9, 10.8.8.8, 10.9.9.9"], ["https, http"], "https"),
        ("10.0.0.1", ["unknown"], ["https"], "https"),
        ("", [], ["https"], None),
    ],
)
def test_a_scheme_is_the_one_that_the_first_trusted_proxy_saw(
    peer: str, addresses: list[str], schemes: list[str], found: str | None
) -> None:
    assert PROXIES.client(peer, tuple(addresses), tuple(schemes)).scheme == found


@pytest.mark.parametrize(
    ("fields", "address", "scheme"),
    [
        (["for=203.0.113.9"], "203.0.113.9", None),
        (["for=203.0.113.9;proto=https;by=203.0.113.43"], "203.0.113.9", "https"),
        (['For="[2001:db8:cafe::17]:4711"'], "2001:db8:cafe::17", None),
        (["for=203.0.113.9:47011"], "203.0.113.9", None),
        (
            ["for=1.1.1.1, for=203.0.113.9;proto=http, For=10.9.9.9;Proto=https"],
            "203.0.113.9",
            "http",
        ),
        (["for=1.1.1.1;proto=https", "proto=http; for=203.0.113.9"], "203.0.113.9", "http"),
        (["for=203.0.113.9, for=unknown;proto=https"], "10.0.0.1", "https"),
        (['for=203.0.113.9, for="_gazonk"'], "10.0.0.1", None),
        # A quote without an end swallows nothing of what the proxy adds.
        (['for="1.1.1.1, for=203.0.113.9'], "203.0.113.9", None),
        (['for="1.1.1.1, for="[2001:db8::9]"'], "2001:db8::9", None),
        (['for="\\", for=203.0.113.9'], "203.0.113.9", None),
        (['for="1.1.1.1, for=2.2.2.2", for=203.0.113.9'], "203.0.113.9", None),
        (["for=203.0.113.9, nonsense"], "10.0.0.1", None),
        (["by=203.0.113.9"], "10.0.0.1", None),
        ([""], "10.0.0.1", None),
        ([], "10.0.0.1", None),
    ],
)
def test_RFC_7239_is_read_from_the_right(
    fields: list[str], address: str, scheme: str | None
) -> None:
    found = RFC_7239.client("10.0.0.1", tuple(fields))

    assert (found.address, found.scheme) == (address, scheme)
    assert RFC_7239.client("192.0.2.1", tuple(fields)) == ("192.0.2.1", None)


@given(st.lists(st.text('0123456789abcdef.:, x[]";=for', max_size=30), max_size=3))
def test_PRX_06_no_forwarded_field_makes_an_address_up(fields: list[str]) -> None:
    for proxies in (PROXIES, RFC_7239):
        assert proxies.client("192.0.2.1", tuple(fields)).address == "192.0.2.1"
        assert ip_address(proxies.client("10.0.0.1", tuple(fields)).address)


def test_a_long_forwarded_field_costs_little() -> None:
    for text in ('for="' * 3000, "," * 15_000, 'a="\\' * 4000, ";" * 15_000, "a=b;" * 4000):
        assert RFC_7239.client("10.0.0.1", (text,)).address == "10.0.0.1"
