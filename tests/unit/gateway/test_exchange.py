"""What an application says becomes answers that another implementation of HTTP reads as meant."""

import asyncio
from types import SimpleNamespace
from typing import Any

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.exchange import Exchange
from gateway.head import Head
from gateway.request import Fields

STATUSES = st.sampled_from([200, 201, 204, 304, 401, 404, 500, 599])
FIELDS = st.lists(
    st.tuples(
        st.sampled_from([b"etag", b"x-a", b"set-cookie", b"Location"]),
        st.from_regex(rb"[!-~]([ -~]{0,8}[!-~])?", fullmatch=True),
    ),
    max_size=3,
)
BODIES = st.lists(st.one_of(st.just(b""), st.binary(max_size=40)), max_size=4)


class Wire:
    """A connection that keeps what is written."""

    flow = SimpleNamespace(write_paused=False)

    def __init__(self, *, kept: bool = True) -> None:
        self.written, self.waited, self._kept = b"", 0, kept

    def answer_begins(self) -> bool:
        return self._kept

    def write(self, parts: list[bytes], *, soon: bool) -> None:
        self.waited += soon
        self.written += b"".join(parts)


def head(method: str = "GET", version: tuple[int, int] = (1, 1), *, closes: bool = False) -> Head:
    made = Head.__new__(Head)
    made.method, made.version, made.closes, made.fields = method, version, closes, Fields([])
    return made


def answered(wire: Wire, request: Head, *messages: dict[str, Any]) -> Exchange:
    exchange = Exchange(wire, request)

    async def send() -> None:
        for message in messages:
            await exchange.send(message)

    asyncio.run(send())
    return exchange


def start(status: int, fields: Any, **more: Any) -> dict[str, Any]:
    return {"type": "http.response.start", "status": status, "headers": fields, **more}


def chunks(bodies: list[bytes]) -> list[dict[str, Any]]:
    more = [{"type": "http.response.body", "body": body, "more_body": True} for body in bodies]
    return [*more, {"type": "http.response.body"}]


def read(method: str, wire: bytes) -> tuple[int, list[tuple[bytes, bytes]], bytes, bytes]:
    """Read one answer; return its status, fields and body, and the bytes behind it."""
    client = h11.Connection(h11.CLIENT)
    client.send(h11.Request(method=method, target="/", headers=[("host", "a")]))
    client.send(h11.EndOfMessage())
    client.receive_data(wire)
    answer, body = client.next_event(), b""
    assert isinstance(answer, h11.Response)
    while isinstance(event := client.next_event(), h11.Data):
        body += event.data
    if event is h11.NEED_DATA:
        client.receive_data(b"")
        event = client.next_event()
    assert isinstance(event, h11.EndOfMessage)
    return answer.status_code, [*answer.headers], body, client.trailing_data[0]


@given(STATUSES, FIELDS, BODIES, st.sampled_from(["GET", "HEAD", "POST"]), st.booleans())
def test_an_answer_in_pieces_arrives_as_it_was_said(
    status: int, fields: Any, bodies: list[bytes], method: str, told: bool
) -> None:
    """Chunked or by its length; behind it stands the next answer and nothing else."""
    wire, request = Wire(), head(method)
    length = [(b"content-length", b"%d" % len(b"".join(bodies)))] if told else []
    done = answered(wire, request, start(status, [*fields, *length]), *chunks(bodies))
    behind = wire.written
    answered(wire, request, start(200, [], body=b"next", lines=b"x-b: c\r\n"))

    seen, headers, body, rest = read(method, wire.written)

    assert done.leaves_open
    assert seen == status
    assert [(name.lower(), value) for name, value in fields] == [
        pair for pair in headers if pair[0] in (b"etag", b"x-a", b"set-cookie", b"location")
    ]
    assert body == (b"" if method == "HEAD" or status in (204, 304) else b"".join(bodies))
    assert rest == wire.written[len(behind) :]


@given(BODIES)
def test_to_a_client_that_knows_no_chunks_the_end_of_the_connection_is_the_end(
    bodies: list[bytes],
) -> None:
    wire = Wire()
    done = answered(wire, head(version=(1, 0)), start(200, []), *chunks(bodies))

    assert not done.leaves_open
    assert read("GET", wire.written)[2] == b"".join(bodies)
    assert b"Connection: close\r\n" in wire.written


def test_an_answer_of_our_own_is_one_message_and_waits_for_the_others() -> None:
    wire = Wire()
    done = answered(
        wire,
        head(),
        start(200, [(b"content-length", b"2")], body=b"ok", lines=b"server: holdfast\r\n"),
    )

    assert (done.leaves_open, wire.waited) == (True, 1)
    assert b"\r\nserver: holdfast\r\n" in wire.written


@pytest.mark.parametrize("wire", [Wire(kept=False), Wire()], ids=["server", "client"])
def test_the_last_answer_says_so_and_does_not_wait(wire: Wire) -> None:
    """Whether the server goes or the client: what is closed must be written before."""
    done = answered(wire, head(closes=wire.answer_begins()), start(200, [], body=b"x"))

    assert (done.leaves_open, wire.waited) == (False, 0)
    assert (b"connection", b"close") in read("GET", wire.written)[1]


def test_what_does_not_keep_to_its_length_never_touches_the_next_answer() -> None:
    """Too long is cut, too short closes the connection."""
    length = [(b"content-length", b"3")]
    long, short = Wire(), Wire()

    assert answered(long, head(), start(200, length), *chunks([b"abcdef"])).leaves_open
    assert long.written.endswith(b"\r\n\r\nabc")
    assert not answered(short, head(), start(200, length), *chunks([b"ab"])).leaves_open


@pytest.mark.parametrize(
    "messages",
    [
        [{"type": "http.response.body", "body": b"x"}],
        [start(200, []), start(200, [])],
        [start(200, [], body=b""), *chunks([])],
        [start(200, [(b"transfer-encoding", b"chunked")])],
    ],
    ids=["no start", "two starts", "more than whole", "framed by the application"],
)
def test_an_application_out_of_step_is_told_and_nothing_is_written_twice(messages: Any) -> None:
    with pytest.raises(RuntimeError):
        answered(Wire(), head(), *messages)


def test_a_field_that_would_end_its_line_is_never_written() -> None:
    wire = Wire()

    with pytest.raises(Exception, match="location"):
        answered(wire, head(), start(302, [(b"location", b"/\r\nset-cookie: a=b")], body=b""))

    assert wire.written == b""
