"""What a URL of several servers may say, and what none may tell when it is refused."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from holdfast.redis_url import Several, check_url, several

SECRET = "hunter"
PORT = 6379


def refusal(url: str) -> str:
    try:
        check_url(url)
    except ValueError as error:
        return str(error)
    return ""


def test_hosts_login_and_group_are_read() -> None:
    assert several("redis+sentinel://a:1,b/name") == Several(
        "sentinel", (("a", 1), ("b", 26379)), "name", {}, {}
    )
    assert several("rediss+cluster://who:p%40ss@a?ssl_check_hostname=false") == Several(
        "cluster",
        (("a", PORT),),
        "",
        {"username": "who", "password": "p@ss"},
        {"ssl": True, "ssl_check_hostname": False},
    )
    assert several("redis://a:1/0") is None
    for url in (
        "redis+cluster://[::1]:1, b ,[fe80::1%25eth0]",
        "redis+cluster://[::1]:1,b,[fe80::1%eth0]/0",
    ):
        found = several(url)
        assert found
        assert found.hosts == (("::1", 1), ("b", PORT), ("fe80::1%eth0", PORT))


@pytest.mark.parametrize("scheme", ["reddiss", "valkeys", "tls", "https", ""])
@pytest.mark.parametrize("kind", ["cluster", "sentinel"])
def test_a_mistyped_scheme_is_refused_and_never_plain(scheme: str, kind: str) -> None:
    """A password would go over the wire in clear."""
    with pytest.raises(ValueError, match=r"scheme|host"):
        check_url(f"{scheme}+{kind}://who:{SECRET}@a:1/0")


@given(
    st.sampled_from(["redis", "rediss", "redis+cluster", "rediss+sentinel", "unix", "x"]),
    st.text("[]/?#:@,=\u2100a1", max_size=4),
    st.text("[]/?#:@,=\u2100a1", max_size=4),
)
def test_no_refusal_tells_a_password(scheme: str, before: str, behind: str) -> None:
    """However it is cut where what stands around it was not encoded."""
    assert SECRET not in refusal(f"{scheme}://who:{before}{SECRET}{behind}@host:{PORT}")


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("redis+sentinel://a,b", "group"),
        ("redis+sentinel://a,b/", "group"),
        ("redis+sentinel://a,b/mymaster/0", "group"),
        ("redis+sentinel://a,b//mymaster", "group"),
        ("redis+cluster://a,b/1", "database 0"),
        ("redis+cluster://a,b/mymaster", "database 0"),
        ("redis+cluster://a,,b", "neither a name nor an address"),
        ("redis+cluster://a,", "neither"),
        ("redis+cluster://a:", "neither"),
        ("redis+cluster://::1", "neither"),
        ("redis+cluster://::1:6379", "neither"),
        ("redis+cluster://a b", "neither"),
        ("redis+cluster://[::1", "URL"),
        ("redis+cluster://[1.2.3.4]", "IPv6|URL"),
        ("redis+cluster://a:0", "65535"),
        ("redis+cluster://a:65536", "65535"),
        ("redis+cluster://u:1#2@a", "%23"),
        ("redis://u:1#2@a", "%23"),
        ("redis://a:0", "65535"),
        ("redis://a:99999/0", "65535"),
        ("redis://a, b/0", "neither"),
        ("redis://a b/0", "neither"),
        ("redis://::1/0", "neither"),
        ("redis://a/0/1", "database"),
        ("redis://a/mymaster", "database"),
        ("unix://run/redis.sock", "whole path"),
        ("unix://", "whole path"),
    ],
)
def test_what_would_never_connect_or_mean_something_else_is_refused(url: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        check_url(url)


@pytest.mark.parametrize(
    "url",
    [
        "redis://[::1]:6379/2",
        "redis://u:p@a-b.internal",
        "redis://a_b:1/",
        "rediss://[fe80::1%25eth0]/0",
        "unix:///run/redis.sock?db=1",
        "unix://u:p@/run/redis.sock",
        "redis+sentinel://[::1]:26379,[::1]:26380/mymaster",
        "redis+cluster://a, b/0",
    ],
)
def test_what_makes_sense_is_taken(url: str) -> None:
    check_url(url)
