"""An upstream that remembers: answers with what it received, and counts."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Echo:
    """What the upstream saw. `fail` makes it close the connection after reading a request."""

    def __init__(self, port: int) -> None:
        self.url, self.seen, self.fail = f"http://127.0.0.1:{port}", list[str](), False


class Server(ThreadingHTTPServer):
    """Stays quiet when a test kills whoever is connected."""

    def handle_error(self, *_: Any) -> None:
        """Say nothing."""


@contextmanager
def running() -> Iterator[Echo]:
    """Run the upstream in a thread of this process."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            echo.seen.append(self.path)
            body = self._body()
            if echo.fail:
                self.close_connection = True
                return
            told = {
                "method": self.command,
                "path": self.path,
                "headers": [[name.lower(), value] for name, value in self.headers.items()],
                "length": len(body),
            }
            text = json.dumps(told).encode()
            self.send_response(418 if self.path.startswith("/echo/teapot") else 200)
            self.send_header("Content-Length", str(len(text)))
            self.send_header("Set-Cookie", "a=1")
            if not self.path.startswith("/app"):
                self.send_header("Set-Cookie", "holdfast=evil; Path=/")
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(text)

        def _body(self) -> bytes:
            if self.headers.get("transfer-encoding") != "chunked":
                return self.rfile.read(int(self.headers.get("content-length", "0")))
            body = b""
            while size := int(self.rfile.readline() or b"0", 16):
                body += self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return body

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    for method in ("GET", "POST", "PUT", "DELETE", "HEAD", "OPTIONS"):
        setattr(Handler, f"do_{method}", Handler.answer)

    with Server(("127.0.0.1", 0), Handler) as server:
        echo = Echo(server.server_port)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield echo
        server.shutdown()
