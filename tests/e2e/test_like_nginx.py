"""Odd requests through the gateway and through nginx to one upstream: each difference explained.

Alike means: the same status, and the upstream saw the same method, path, body and fields.
"""

import json
import re
import socket
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
from support import nginx
from support.echo import Echo
from support.odd_requests import REQUESTS

from devstack.stack import Stack

# Why the two differ. Where nothing stands here, they are alike.
DIFFERENCES = {
    "unknown method": "refused by both: 405 here, 501 there",
    "empty query": "a lone `?` is dropped on the way",
    "encoded slash": "two parsers could disagree about the path (%2F)",
    "double encoded slash": "likewise, after one decoding more",
    "backslash": "some servers read it as a slash",
    "double slash": "some servers merge slashes, so a rule for one spelling misses the other",
    "dot": "nginx forwards what it did not route by",
    "dots": "nginx routes by /public/a and forwards /public/b/../a",
    "encoded dots": "likewise, encoded",
    "trailing dots": "likewise",
    "fragment": "no fragment belongs into a target (RFC 9112, 3.2)",
    "raw utf-8": "a target is ASCII (RFC 3986)",
    "absolute form": "only a proxy that is asked as one needs it; PRX-24",
    "no host 1.0": "without a Host nobody knows which site is meant",
    "http/0.9": "nginx still speaks it; gunicorn waits for a head that never ends",
    "http/1.2": "there is no such version",
    "http/2.0": "refused by both: 400 here, 505 there",
    "trailer": "trailers are not passed on, so they are not announced",
    "chunked twice": "refused by both: 400 here, 501 there",
    "gzip, chunked": "refused by both: 400 here, 501 there",
    "identity coding": "refused by both: 400 here, 501 there",
    "no colon": "nginx ignores the line; a line that is no field is refused here",
    "bare newline": "nginx takes it for the end of a line; others do not",
    "tabs around a value": "white space around a value is no part of it (RFC 9110, 5.5)",
    "dot in a name": "nginx drops the name; ours passes, unless it could be read as one of ours",
    "connection lists a field": "the client asked not to pass it on (RFC 9110, 7.6.1)",
    "proxy-connection": "meant for one hop",
    "upgrade h2c": "meant for one hop",
    "identity forged": "identity is set here, nowhere else",
    "address forged": "an address is believed from trusted proxies only",
    "large field": "refused by both: 431 here, 400 there",
}
if find_spec("gunicorn_h1c") is None:
    DIFFERENCES["huge chunk size"] = "nginx cannot count so far; Python counts the bytes that come"


@dataclass(frozen=True)
class Outcome:
    """What became of a request: the status, and what the upstream told of it if it saw it."""

    status: int | None
    reached: bool
    saw: Any = None


def send(port: int, request: bytes) -> bytes:
    """Send bytes; return the answer up to the end of its body, or what came in a second."""
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(request)
        connection.settimeout(1)
        answer = b""
        with suppress(TimeoutError):
            while more := connection.recv(65536):
                answer += more
                if _whole(answer):
                    break
        return answer


def _whole(answer: bytes) -> bool:
    head, end, body = answer.partition(b"\r\n\r\n")
    length = re.search(rb"(?i)content-length: (\d+)", head)
    return bool(end and length and len(body) >= int(length[1]))


def outcome(port: int, request: bytes, echo: Echo) -> Outcome:
    sent = {line.split(b":")[0].strip().lower().decode("latin-1") for line in request.splitlines()}
    sent -= {"host", "content-length", "transfer-encoding", "connection"}
    before = len(echo.seen)
    answer = send(port, request)
    if answer.startswith(b"HTTP/1.1 100"):
        answer = answer.partition(b"\r\n\r\n")[2]
    status = int(answer.split(b" ")[1]) if answer.startswith(b"HTTP/") else None
    body = answer.partition(b"\r\n\r\n")[2]
    if status != 200 or not body:
        return Outcome(status, len(echo.seen) > before)
    told = json.loads(body)
    fields = sorted(tuple(pair) for pair in told["headers"] if pair[0] in sent)
    return Outcome(status, reached=True, saw=(told["method"], told["path"], told["length"], fields))


@pytest.fixture(scope="module")
def nginx_port(echo: Echo, tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with nginx.in_front_of(echo.url, Path(tmp_path_factory.mktemp("nginx"))) as port:
        yield port


@pytest.mark.skipif(not nginx.BINARY, reason="no nginx here (Debian: apt install nginx-light)")
@pytest.mark.parametrize("name", REQUESTS)
def test_PRX_10_the_gateway_does_as_nginx_does_or_there_is_a_reason(
    name: str, stack: Stack, echo: Echo, nginx_port: int
) -> None:
    ours = outcome(stack.port, REQUESTS[name], echo)
    theirs = outcome(nginx_port, REQUESTS[name], echo)

    assert (ours != theirs) is (name in DIFFERENCES), f"gateway {ours}\nnginx   {theirs}"
    if ours.status is not None and ours.status >= 400:
        assert not ours.reached
