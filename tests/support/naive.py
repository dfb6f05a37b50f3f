"""A session service as many are: reads the whole session, works, and writes it back whole.

It speaks the small API of the peers (docs/load-tests.md). Nothing is wrong with it as long
as nobody does two things at once.
"""

import copy
import json
import secrets
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from http.cookies import SimpleCookie
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

PASSWORD = "correct horse battery staple"


@contextmanager
def running() -> Iterator[list[str]]:  # noqa: C901 - one class, in the scope of its store.
    """Serve it; yield its address."""
    sessions: dict[str, dict[str, Any]] = {}

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True

        def answer(self) -> None:
            text = self.rfile.read(int(self.headers.get("content-length", "0")))
            body = json.loads(text) if text else {}
            cookie = SimpleCookie(self.headers.get("cookie", "")).get("sid")
            sid = cookie.value if cookie else ""
            session = copy.deepcopy(sessions.get(sid))
            if self.path == "/healthz":
                self.tell(200, {})
            elif self.path == "/login":
                self.login(sid, body)
            elif self.path == "/logout":
                sessions.pop(sid, None)
                self.tell(204, None, "sid=; Max-Age=0")
            elif session is None:
                self.tell(401, {})
            elif self.path == "/session":
                self.tell(200, session)
            else:
                self.change(sid, session, body)

        def login(self, old: str, body: dict[str, str]) -> None:
            if body["password"] != PASSWORD:
                self.tell(403, {})
                return
            sessions.pop(old, None)
            sid = secrets.token_hex(16)
            sessions[sid] = {"user": body["username"], "data": {}}
            self.tell(200, {"user": body["username"]}, f"sid={sid}; Path=/")

        def change(self, sid: str, session: dict[str, Any], body: dict[str, Any]) -> None:
            data, name = session["data"], body["name"]
            if self.path == "/increment":
                data[name] = data.get(name, 0) + 1
                told = {"value": data[name]}
            else:
                data.setdefault(name, []).append(body["value"])
                told = {"length": len(data[name])}
            time.sleep(body.get("wait_ms", 0) / 1000)
            sessions[sid] = session
            self.tell(200, told)

        def tell(self, status: int, body: Any, cookie: str = "") -> None:
            text = b"" if body is None else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("X-Served-By", "naive")
            if cookie:
                self.send_header("Set-Cookie", cookie)
            self.send_header("Content-Length", str(len(text)))
            self.end_headers()
            self.wfile.write(text)

        do_GET = do_POST = answer

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield [f"http://127.0.0.1:{server.server_port}"]
        server.shutdown()
