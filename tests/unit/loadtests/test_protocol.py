"""What an answer says of the cookie, the way each system says it."""

import pytest

from loadtests.targets.protocol import cookie_of
from loadtests.wire import Answer

EPOCH = "Expires=Thu, 01 Jan 1970 00:00:00 GMT"


@pytest.mark.parametrize(
    ("header", "told"),
    [
        ("sid=abc; Path=/; HttpOnly", "sid=abc"),
        ("sid=abc; Path=/; Max-Age=600", "sid=abc"),
        ("sid=; Path=/; Max-Age=0", ""),
        (f"sid=null; path=/; {EPOCH.lower()}", ""),
        (f"sid=abc; {EPOCH}; Path=/", ""),
        ("other=1\nsid=abc", "other=1"),
    ],
)
def test_a_cookie_is_given_or_taken_away(header: str, told: str) -> None:
    assert cookie_of(Answer(200, {"set-cookie": header})) == told


def test_a_name_is_looked_for_with_and_without_its_prefix() -> None:
    answer = Answer(200, {"set-cookie": "other=1\n__Host-sid=abc; Secure"})

    assert cookie_of(answer, "sid") == "__Host-sid=abc"
    assert cookie_of(answer, "no-such") is None
    assert cookie_of(Answer(200)) is None
