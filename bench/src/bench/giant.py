"""A service behind with one giant answer, which takes giant bodies, and a client for both."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Self

import httpx

from bench.errors import BenchError

CHUNK = b"x" * 2**20
_TIMEOUT_S = 300.0


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def do_GET(self) -> None:
        """Answer as many MiB as the last part of the path says."""
        chunks = int(self.path.rpartition("/")[2])
        self.send_response(200)
        self.send_header("content-length", str(chunks * len(CHUNK)))
        self.end_headers()
        for _ in range(chunks):
            self.wfile.write(CHUNK)

    def do_POST(self) -> None:
        """Read the body to its end; answer its length."""
        length = left = int(self.headers["content-length"])
        while left:
            left -= len(self.rfile.read(min(left, len(CHUNK))))
        body = str(length).encode()
        self.send_response(200)
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep quiet."""


class Giant:
    """It runs in this process from `with` to its end."""

    def __enter__(self) -> Self:
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
        self._server.daemon_threads = True
        Thread(target=self._server.serve_forever, daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def download(url: str, cookie: str, mib: int) -> None:
    """Read a giant answer to its end, and keep nothing. Raises BenchError."""
    headers = {"cookie": cookie}
    with httpx.stream(
        "GET", f"{url}/{mib}", headers=headers, timeout=_TIMEOUT_S, trust_env=False
    ) as answer:
        length = sum(map(len, answer.iter_raw()))
    if length != mib * len(CHUNK):
        raise BenchError(f"{length} bytes of {mib} MiB came through")


def upload(url: str, cookie: str, mib: int) -> None:
    """Send a giant body. Raises BenchError."""

    def body() -> Iterator[bytes]:
        for _ in range(mib):
            yield CHUNK

    length = str(mib * len(CHUNK))
    headers = {"cookie": cookie, "content-length": length}
    answer = httpx.post(url, content=body(), headers=headers, timeout=_TIMEOUT_S, trust_env=False)
    if answer.text != length:
        raise BenchError(f"an upload of {mib} MiB was answered {answer.status_code}")
