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
