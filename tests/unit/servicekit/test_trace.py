"""W3C Trace Context: whose trace a request joins, and what it hands on."""

import re

import pytest

from servicekit import trace

ID, PARENT = "4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7"


def test_OBS_01_a_valid_traceparent_keeps_its_trace_and_gets_a_new_parent() -> None:
    joined = trace.accept(f"00-{ID}-{PARENT}-01", "vendor=1,other=2")

    (_, parent), (_, state) = joined.headers()
    assert re.fullmatch(rf"00-{ID}-[0-9a-f]{{16}}-01".encode(), parent)
    assert PARENT.encode() not in parent
    assert state == b"vendor=1,other=2"
    assert trace.current.get() == joined


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        f"00-{'0' * 32}-{PARENT}-01",
        f"00-{ID}-{'0' * 16}-01",
        f"00-{ID.upper()}-{PARENT}-01",
        f"ff-{ID}-{PARENT}-01",
        f"00-{ID[:-1]}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01-more",
        f"00-{ID}-{PARENT}",
        f" 00-{ID}-{PARENT}-01",
        f"00-{ID}-{PARENT}-01\n",
    ],
)
def test_OBS_02_a_malformed_traceparent_begins_a_new_trace_without_its_state(
    given: str | None,
) -> None:
    begun = trace.accept(given, "vendor=1")

    assert begun.id != ID
    assert re.fullmatch("[0-9a-f]{32}", begun.id)
    assert [name for name, _ in begun.headers()] == [b"traceparent"]


def test_a_later_version_is_joined_by_what_we_know_of_it() -> None:
    joined = trace.accept(f"cc-{ID}-{PARENT}-ff-what-the-future-holds")

    assert joined.headers()[0][1].startswith(f"00-{ID}-".encode())
    assert joined.headers()[0][1].endswith(b"-01")
