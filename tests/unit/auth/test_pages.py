"""Where a sign-in leads, and times and devices in words."""

import pytest

from auth import words
from auth.next_path import DEFAULT, safe_next

DAY_MS = 24 * 3600 * 1000
NOW_MS = 1_780_000_000_000  # 28 May 2026, 20:26:40 UTC


@pytest.mark.parametrize(
    "text",
    [
        "",
        "shop",
        "//evil",
        "///evil",
        "https://evil",
        "https:evil",
        "javascript:x",
        "/\\evil",
        "\\\\evil",
        "/%2f%2fevil",
        "/%5Cevil",
        "/\tevil",
        "\t//evil",
        "/\n/evil",
        " //evil",
        "/evil\x00",
        "/r\u00e9cif",
        "/" + "a" * 8000,
    ],
)
def test_AUT_12_what_some_browser_could_read_as_another_site_leads_to_the_account(
    text: str,
) -> None:
    assert safe_next(text) == DEFAULT


@pytest.mark.parametrize(
    "text", ["/", "/shop/", "/r%C3%A9cif?a=b&back=%2Fx", "/a:b", "/@evil", "/" + "a" * 7999]
)
def test_AUT_12_a_path_of_our_own_stays(text: str) -> None:
    assert safe_next(text) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 minute ago"),
        (3599, "59 minutes ago"),
        (7200, "2 hours ago"),
        (86_400, "1 day ago"),
        (8 * 86_400, "on 20 May 2026"),
    ],
)
def test_how_long_ago(seconds: int, text: str) -> None:
    assert words.ago(NOW_MS - seconds * 1000, NOW_MS) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(1, "1 second"), (60, "60 seconds"), (61, "2 minutes"), (901, "16 minutes")],
)
def test_a_wait_is_never_told_too_short(seconds: int, text: str) -> None:
    assert words.duration(seconds) == text


def test_a_moment_names_its_time_zone() -> None:
    assert words.moment(NOW_MS) == "28 May 2026, 20:26 UTC"


@pytest.mark.parametrize(
    ("described", "text"),
    [
        ("Firefox, Linux", "Firefox on Linux"),
        ("curl", "curl"),
        ("unknown", "Unknown device"),
        ("", "Unknown device"),
    ],
)
def test_devices_in_words(described: str, text: str) -> None:
    assert words.device(described) == text
