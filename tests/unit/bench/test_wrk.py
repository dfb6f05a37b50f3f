"""wrk's answers are right or wrong by what was asked for."""

import os
import shutil
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest

from bench import wrk
from bench.errors import BenchError
from bench.http import Request
from bench.measurement import Load

MIB = 1024 * 1024
LOAD = Load(min(os.sched_getaffinity(0)), connections=2, seconds=1)
pytestmark = pytest.mark.skipif(shutil.which("wrk") is None, reason="no wrk here")


class Picky(BaseHTTPRequestHandler):
    """Takes a body of a MiB, and refuses everything else."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers.get("content-length", "0")))
        self.send_response(200 if len(body) == MIB else 401)
        self.send_header("content-length", "0")
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


@pytest.fixture
def url() -> Iterator[str]:
    with ThreadingHTTPServer(("127.0.0.1", 0), Picky) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_large_body_arrives_whole(url: str) -> None:
    seen = wrk.measure(Request("POST", url, body="x" * MIB), LOAD)

    assert (seen.answers > 0, seen.failed) == (True, 0)


def test_a_refusal_is_right_only_where_it_is_asked_for(url: str) -> None:
    seen = wrk.measure(Request("POST", url, refused=True), LOAD)

    assert (seen.answers > 0, seen.failed) == (True, 0)
    with pytest.raises(BenchError, match=r"^no right answer in 1 s from http://127"):
        wrk.measure(Request("POST", url), LOAD)
