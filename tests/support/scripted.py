"""An upstream that answers bytes it was told: for what no server would send."""

import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Scripted:
    """`answer`: what to send after a request's head, then close; `heads`: what came."""

    def __init__(self, port: int) -> None:
        self.url, self.answer, self.heads = f"http://127.0.0.1:{port}", b"", list[bytes]()


@contextmanager
def running() -> Iterator[Scripted]:
    """Run the upstream in a thread of this process."""

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            head = b""
            while not head.endswith(b"\r\n\r\n"):
                line = self.rfile.readline()
                if not line:
                    return
                head += line
            upstream.heads.append(head)
            self.wfile.write(upstream.answer)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        upstream = Scripted(server.server_address[1])
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield upstream
        server.shutdown()
