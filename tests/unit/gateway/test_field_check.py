"""The check of an answer's fields judges as gunicorn's does, which it stands in for."""

from typing import Any

from gunicorn.asgi import protocol
from hypothesis import example, given
from hypothesis import strategies as st

from gateway.field_check import Fields, scan

NAMES = [
    b"content-length",
    b"Content-Length",
    b"transfer-encoding",
    b"X-A",
    b"",
    b"a b",
    b"a:",
    b"\xe9",
]
VALUES = [b"", b"5", b" a\t", b"\xff", b"a\r\nb: c", b"a\n", b"\x00", b"\x7f", b"\r"]


def outcome(check: Any, fields: Fields) -> Any:
    try:
        return check(fields)
    except Exception as error:  # noqa: BLE001 - whatever it is, it must be the same
        return type(error), str(error)


@given(
    st.lists(
        st.tuples(
            st.one_of(st.sampled_from(NAMES), st.binary(max_size=4)),
            st.one_of(st.sampled_from(VALUES), st.binary(max_size=4)),
        ),
        max_size=4,
    )
)
@example([(b"location", b"/a\r\nset-cookie: b=c")])
def test_no_answer_is_split_by_a_field_and_framing_is_seen(fields: Fields) -> None:
    def told_as_gunicorn_does(fields: Fields) -> Any:
        said = scan(fields)
        return said.length is not None, said.length, said.is_coded

    expected = outcome(protocol._scan_response_headers, fields)
    assert outcome(told_as_gunicorn_does, fields) == expected
