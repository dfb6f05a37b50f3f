"""How requests and answers are carried: targets, limits, time-outs, streams, several upstreams."""

import hashlib
import json
import os
import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

import httpx
import pytest
from support.echo import Echo
from support.people import Person
from support.raw import Reply, Wire, ask
from support.scripted import Scripted
from support.service import Service
from support.until import until

from devstack.stack import Stack
from gateway.client import CONNECT_SECONDS


def get(stack: Stack, path: str, *lines: str, method: str = "GET") -> Reply:
    head = "\r\n".join([f"{method} {path} HTTP/1.1", "Host: a", *lines])
    return ask(stack.port, f"{head}\r\n\r\n".encode("latin-1"))


EXACT = [
    "/public/a%20b?x=1+2&a=%7E&a", "/public/~%7E", "/public/caf%C3%A9/?", "/public/;v=1?a;b",
    "/public/a+b?a=b?c=d", "/public/?%", '/public/%41?%zz&[]{}|^`"<>\\', "/public/@:!$&'()*,=",
    "/public/a?//..//%2f%00", "/public?next=http://b/",
]  # fmt: skip


@pytest.mark.parametrize("path", EXACT)
def test_PRX_10_path_and_query_arrive_byte_for_byte(stack: Stack, echo: Echo, path: str) -> None:
    assert get(stack, path).status == 200
    # An empty query and none are the same resource to the client library.
    assert echo.seen[-1] == (path.removesuffix("?"))


@pytest.mark.parametrize("query", ["a#b", "\xe9", "a\tb"])
def test_PRX_10_a_query_that_could_change_on_the_way_is_refused(
    stack: Stack, echo: Echo, query: str
) -> None:
    before = len(echo.seen)
    assert get(stack, f"/public?{query}").status == 400
    assert len(echo.seen) == before


def test_PRX_11_a_stripped_prefix_leaves_no_other_route_reachable(stack: Stack, echo: Echo) -> None:
    assert get(stack, "/short/x").status == 200
    assert echo.seen[-1] == "/x"
    assert get(stack, "/short").status == 200
    assert echo.seen[-1] == "/"
    assert get(stack, "/shorter").status == 404
    assert get(stack, "/short/..%2fecho").status == 400


def test_PRX_13_a_host_that_is_not_served_is_refused(stack: Stack) -> None:
    for host in ("evil.test", "a.evil.test", "evil.test:80", "a@evil.test", "a, b"):
        answer = ask(stack.port, f"GET /public HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
        assert answer.status == 400, host


def test_PRX_14_what_is_not_idempotent_is_sent_once(stack: Stack, scripted: Scripted) -> None:
    """The upstream takes the request and closes: nobody knows whether it was acted on."""
    scripted.answer = b""
    for method in ("POST", "PATCH"):
        for body in ("", "x"):
            scripted.heads.clear()
            answer = get(stack, "/raw", f"Content-Length: {len(body)}", "", body, method=method)
            assert (answer.status, len(scripted.heads)) == (502, 1), method


def test_PRX_14_a_safe_request_that_broke_goes_to_another_instance(
    stack: Stack, scripted: Scripted, echo: Echo
) -> None:
    scripted.answer = b""
    before = len(echo.seen)
    assert [get(stack, "/halves").status for _ in range(6)] == [200] * 6
    assert len(echo.seen) == before + 6


def test_PRX_14_an_upload_is_never_repeated(stack: Stack, scripted: Scripted, echo: Echo) -> None:
    """Whichever instance is asked first, each upload reaches exactly one of them."""
    scripted.answer, statuses = b"", set()
    scripted.heads.clear()
    before = len(echo.seen)
    for _ in range(4):
        statuses.add(get(stack, "/halves", "Content-Length: 1", "", "x", method="POST").status)
    assert statuses <= {200, 502}
    assert len(echo.seen) - before + len(scripted.heads) == 4


def test_PRX_14_an_instance_that_cannot_be_reached_costs_no_request(stack: Stack) -> None:
    posts = [get(stack, "/many", "Content-Length: 1", "", "x", method="POST") for _ in range(6)]

    assert [one.status for one in posts] == [200] * 6


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    return answer.status_code, answer.json()["type"].removeprefix("/problems/")


def test_PRX_15_each_failure_has_its_own_problem(visitor: Person, scripted: Scripted) -> None:
    assert problem(visitor.get("/gone")) == (502, "upstream-unreachable")
    assert problem(visitor.get("/silent")) == (504, "upstream-timeout")
    scripted.answer = b"HTTP/1.1 503 Busy\r\nContent-Length: 4\r\n\r\nbusy"
    assert visitor.get("/raw").text == "busy"


BROKEN = [
    b"", b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\n", b"HTTP/1.1 abc\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x01b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\nX y: b\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 200 OK\r\n" + b"X: " + b"a" * 100_000 + b"\r\nContent-Length: 0\r\n\r\n",
    b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n",
    b"HTTP/1.1 99 Low\r\nContent-Length: 0\r\n\r\n",
]  # fmt: skip


@pytest.mark.parametrize("answer", BROKEN, ids=range(len(BROKEN)))
def test_PRX_15_an_answer_that_is_no_HTTP_is_a_502(
    visitor: Person, scripted: Scripted, answer: bytes
) -> None:
    scripted.answer = answer

    assert problem(visitor.call("POST", "/raw")) == (502, "upstream-unreachable")


def test_PRX_15_an_answer_that_breaks_later_is_seen_to_be_broken(
    visitor: Person, scripted: Scripted
) -> None:
    scripted.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf"

    with pytest.raises(httpx.RemoteProtocolError):
        visitor.get("/raw")


def test_PRX_16_GUN_03_the_time_out_is_the_one_configured(visitor: Person) -> None:
    start = time.monotonic()
    assert visitor.get("/silent").status_code == 504
    assert 0.9 <= time.monotonic() - start < 3


def test_PRX_16_a_connection_that_never_comes_about_is_given_up(stack: Stack) -> None:
    """Nothing was sent, so another instance is asked, whatever the method."""

    def post(path: str) -> tuple[int, float]:
        start = time.monotonic()
        return get(stack, path, "Content-Length: 0", method="POST").status, time.monotonic() - start

    with ThreadPoolExecutor() as threads:
        alone, *beside = threads.map(post, ["/hole", *["/beside-a-hole"] * 2])
    assert alone[0] == 504
    assert CONNECT_SECONDS <= alone[1] < CONNECT_SECONDS + 3
    assert [status for status, _ in beside] == [200] * 2


def test_PRX_16_an_upload_that_nobody_takes_times_out_too(stack: Stack) -> None:
    head = b"POST /silent HTTP/1.1\r\nHost: a\r\nContent-Length: 900000000\r\n\r\n"
    with Wire(stack.port) as wire:
        wire.send(head).socket.settimeout(0.5)
        with suppress(TimeoutError, ConnectionError):
            while True:
                wire.socket.sendall(b"x" * 65536)
        wire.socket.settimeout(10)
        assert wire.head().status == 504


def test_PRX_17_GUN_08_limits_of_target_fields_and_body(stack: Stack) -> None:
    def sized(path: str, *lines: str, method: str = "GET") -> int:
        return get(stack, path, *lines, method=method).status

    line = len("GET /public? HTTP/1.1")
    assert sized("/public?" + "a" * (8190 - line)) == 200
    assert sized("/public?" + "a" * 8191) == 414
    assert sized("/public", "X: " + "a" * 16_000) == 200
    assert sized("/public", "X: " + "a" * 16_500) == 431
    assert sized("/public", *(f"X{n}: 1" for n in range(87))) == 200
    assert sized("/public", *(f"X{n}: 1" for n in range(88))) == 431
    assert sized("/public", "Content-Length: 1024", "", "x" * 1024, method="POST") == 200
    assert sized("/public", "Content-Length: 1025", "", "x" * 1025, method="POST") == 413
    chunked = f"401\r\n{'x' * 1025}\r\n0\r\n\r\n"
    assert sized("/public", "Transfer-Encoding: chunked", "", chunked, method="POST") == 413


def test_PRX_17_a_413_arrives_though_the_body_is_still_coming(visitor: Person) -> None:
    for _ in range(5):
        body = iter([b"x" * 65536] * 20)
        assert visitor.call("POST", "/public", content=body).status_code == 413
        assert visitor.call("POST", "/public", content=b"x" * 2_000_000).status_code == 413


@pytest.mark.parametrize("at", range(2))
def test_PRX_17_a_large_body_behind_a_request_not_yet_answered_is_neither_lost_nor_held(
    stack: Stack, at: int
) -> None:
    """It waits in the network: the gateway reads some of it, and goes on when it has answered."""
    before, body = resident(stack), os.urandom(32 * 1024 * 1024)
    first = b"GET /silent HTTP/1.1\r\nHost: a\r\n\r\n"
    second = b"POST /app/up HTTP/1.1\r\nHost: a\r\nContent-Length: %d\r\n\r\n" % len(body)
    with Wire(stack.port + at) as wire:
        wire.send(first + second + body)
        assert wire.reply().status == 504
        told = json.loads(wire.reply().body)
    assert told == {"bytes": len(body), "sha256": hashlib.sha256(body).hexdigest()}
    assert resident(stack) - before < 20 * 1024 * 1024


SIZE = int(os.environ.get("STREAM_BYTES", "268435456"))


def resident(stack: Stack) -> int:
    """Return the largest resident set so far, in bytes, of gateway 1's workers."""
    master = stack.processes["gateway-1"].pid
    kids = Path(f"/proc/{master}/task/{master}/children").read_text().split()
    told = [Path(f"/proc/{pid}/status").read_text() for pid in kids]
    lines = [line for text in told for line in text.splitlines() if line.startswith("VmHWM")]
    return sum(int(line.split()[1]) * 1024 for line in lines)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="memory is read from /proc")
def test_PRX_18_streams_both_ways_take_constant_memory(stack: Stack, visitor: Person) -> None:
    visitor.get("/app/down?bytes=1000000")
    before = resident(stack)

    digest, url = hashlib.sha256(), stack.urls[0]
    chunk = b"0123456789abcdef" * 16384

    def up() -> Iterator[bytes]:
        for _ in range(SIZE // len(chunk)):
            digest.update(chunk)
            yield chunk

    told = httpx.post(f"{url}/app/up", content=up(), trust_env=False, timeout=60).json()
    assert told == {"bytes": SIZE, "sha256": digest.hexdigest()}
    with httpx.stream("GET", f"{url}/app/down?bytes={SIZE}", trust_env=False) as answer:
        assert sum(len(part) for part in answer.iter_raw()) == SIZE
    assert resident(stack) - before < 20 * 1024 * 1024


def test_PRX_18_a_client_that_does_not_read_is_not_read_ahead_for(
    stack: Stack, service: Service
) -> None:
    before = resident(stack)
    with Wire(stack.port) as wire:
        wire.send(b"GET /app/down?bytes=200000000 HTTP/1.1\r\nHost: a\r\n\r\n")
        assert wire.head().status == 200
        until(lambda: "GET /app/down" in service.seen, 5)
        assert get(stack, "/app/method").status == 200
        assert resident(stack) - before < 20 * 1024 * 1024


def test_PRX_18_an_event_is_seen_before_the_next_is_made(stack: Stack) -> None:
    with httpx.stream("GET", f"{stack.urls[0]}/app/events", trust_env=False) as answer:
        assert answer.headers["content-type"] == "text/event-stream"
        assert "content-length" not in answer.headers
        start = time.monotonic()
        times = [time.monotonic() - start for _ in answer.iter_raw()]
    assert times[0] < 0.7 < times[-1]


def test_PRX_19_HEAD_has_no_body_and_a_405_tells_what_is_allowed(stack: Stack) -> None:
    with Wire(stack.port) as wire:
        for path in ("/public", "/healthz", "/app/file", "/session", "/login", "/nothing"):
            wire.send(f"HEAD {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            answer = wire.reply(head_only=True)
            wire.send(f"GET {path} HTTP/1.1\r\nHost: a\r\n\r\n".encode())
            assert wire.reply().status == answer.status, path
    for method, path in [("POST", "/healthz"), ("GET", "/logout"), ("DELETE", "/auth/verify")]:
        answer = get(stack, path, method=method)
        assert answer.status == 405, path
        assert answer.all("allow") != [], path


@pytest.mark.parametrize("method", ["TRACE", "CONNECT", "TRACK", "BREW", "GETT", "get", "Post"])
def test_PRX_19_HDR_09_a_method_that_nobody_registered_goes_no_further(
    stack: Stack, echo: Echo, method: str
) -> None:
    before = len(echo.seen)
    assert get(stack, "/public", method=method).status in (400, 405)
    assert len(echo.seen) == before


def test_PRX_20_ranges_and_conditions_pass(visitor: Person) -> None:
    part = visitor.get("/app/file", headers={"range": "bytes=2-4"})
    assert (part.status_code, part.text) == (206, "234")
    assert part.headers["content-range"] == "bytes 2-4/10"
    assert visitor.get("/app/file", headers={"range": "bytes=99-"}).status_code == 416
    etag = part.headers["etag"]
    known = visitor.get("/app/file", headers={"if-none-match": etag})
    assert (known.status_code, known.content, known.headers["etag"]) == (304, b"", etag)
    assert visitor.get("/app/file", headers={"if-match": '"rock"'}).status_code == 412


def test_PRX_20_a_client_that_waits_for_100_gets_it_only_if_its_body_is_wanted(
    stack: Stack,
) -> None:
    def begin(path: str, wire: Wire, length: int) -> Reply:
        head = f"POST {path} HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\n"
        return wire.send(f"{head}Content-Length: {length}\r\n\r\n".encode()).head()

    with Wire(stack.port) as wire:
        assert begin("/public", wire, 3).status == 100
        assert wire.send(b"abc").reply().status == 200
    for path, length, status in [("/echo", 3, 401), ("/public", 5000, 413), ("/no", 3, 404)]:
        with Wire(stack.port) as wire:
            assert begin(path, wire, length).status == status


def test_PRX_22_OPTIONS_goes_as_far_as_it_may(stack: Stack, echo: Echo) -> None:
    before = len(echo.seen)
    last = get(stack, "/public", "Max-Forwards: 0", method="OPTIONS")
    assert (last.status, len(echo.seen)) == (204, before)
    assert "GET" in last.all("allow")[0]
    answer = get(stack, "/public", "Max-Forwards: 7", method="OPTIONS")
    assert b'["max-forwards", "6"]' in answer.body


def test_PRX_23_a_circle_ends(stack: Stack) -> None:
    assert get(stack, "/circle").status == 508
    via = ["Via: 1.1 holdfast, 1.0 fred", "Via: 1.1 holdfast,1.1 holdfast"]
    assert get(stack, "/public", *via).status == 508
    assert get(stack, "/public", "Via: 1.1 holdfast, 1.1 other").status == 200


def test_PRX_24_the_gateway_goes_only_where_the_routes_say(stack: Stack, service: Service) -> None:
    before = len(service.seen)
    place = f"{service.url}/app/method"
    answer = get(stack, f"/app/away?to={place}")
    assert (answer.status, answer.all("location")) == (302, [place])
    assert service.seen[before:] == ["GET /app/away"]
    assert ask(stack.port, f"GET {place} HTTP/1.1\r\nHost: a\r\n\r\n".encode()).status == 400


def test_PRX_29_auth_believes_an_address_only_from_a_gateway(person: Person, stack: Stack) -> None:
    auth = stack.env["HOLDFAST_AUTH_URLS"].split(",")[0]
    login = {"username": person.name, "password": "correct horse battery staple"}
    forged = {"x-forwarded-for": "6.6.6.6", "x-holdfast-service-token": "guessed"}
    answer = httpx.post(f"{auth}/login", json=login, headers=forged, trust_env=False)
    assert answer.status_code == 200
    assert {one["ip"] for one in person.get("/sessions").json()} == {"127.0.0.1"}


@contextmanager
def half_closed(port: int) -> Iterator[socket.socket]:
    with socket.create_connection(("127.0.0.1", port), 10) as connection:
        yield connection


JSON = b"Content-Type: application/json"


def test_a_client_that_leaves_in_the_middle_harms_nobody(stack: Stack, service: Service) -> None:
    master = stack.processes["gateway-1"].pid
    before = Path(f"/proc/{master}/task/{master}/children").read_text()
    for request in (
        b"POST /app/up HTTP/1.1\r\nHost: a\r\nContent-Length: 100\r\n\r\nhalf",
        b"POST /app/up HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhal",
        b"GET /app/slow?seconds=1 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /app/down?bytes=90000000 HTTP/1.1\r\nHost: a\r\n\r\n",
        b"GET /pub",
        b"POST /login HTTP/1.1\r\nHost: a\r\n%b\r\nContent-Length: 9\r\n\r\nhalf" % JSON,
    ):
        with half_closed(stack.port) as connection:
            connection.sendall(request)
            time.sleep(0.05)
    assert get(stack, "/app/method").status == 200
    assert Path(f"/proc/{master}/task/{master}/children").read_text() == before
    assert service.seen
