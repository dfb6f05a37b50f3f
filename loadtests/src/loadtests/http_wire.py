"""A lean HTTP/1.1 client: the load should cost the servers' time, not its own.

Its sockets are the standard library's, so that it serves threads and, under Locust, greenlets.
"""

import select
import socket
import ssl
from urllib.parse import urlsplit

from httptools import HttpParserError, HttpResponseParser

from loadtests.wire import Answer, Request

_BLOCK = 65536
_FINAL = 200


class HttpWire:
    """Keeps connections for whoever sends next; sends nothing twice. `close` ends them."""

    def __init__(self, timeout_s: float = 10.0) -> None:
        self._timeout_s = timeout_s
        self._servers: dict[str, _Server] = {}

    def send(self, base: str, request: Request) -> Answer:
        """See Wire.send."""
        server = self._servers.get(base)
        if server is None:
            server = self._servers.setdefault(base, _Server(base, self._timeout_s))
        try:
            return server.exchange(request)
        except (OSError, HttpParserError):
            return Answer(0)

    def close(self) -> None:
        """Close the connections that nobody uses."""
        for server in self._servers.values():
            while server.free:
                server.free.pop().close()


class _Server:
    """One base address, and the connections to it that are free."""

    def __init__(self, base: str, timeout_s: float) -> None:
        url = urlsplit(base)
        port = url.port or (443 if url.scheme == "https" else 80)
        self._address, self._timeout_s = (url.hostname or "", port), timeout_s
        self._tls = _trusting() if url.scheme == "https" else None
        self._path, self._host = url.path, url.netloc
        self.free: list[_Connection] = []

    def exchange(self, request: Request) -> Answer:
        """Send a request and return its answer. Raises OSError, HttpParserError."""
        connection = self._take()
        try:
            answer = connection.exchange(self._bytes(request))
        except BaseException:  # A greenlet can be killed here, too.
            connection.close()
            raise
        if connection.kept:
            self.free.append(connection)
        else:
            connection.close()
        return answer

    def _bytes(self, request: Request) -> bytes:
        head = f"{request.method} {self._path}{request.path} HTTP/1.1\r\nHost: {self._host}\r\n"
        for name, value in request.headers.items():
            head += f"{name}: {value}\r\n"
        body = request.body or b""
        if request.method != "GET":
            head += f"Content-Length: {len(body)}\r\n"
        return f"{head}\r\n".encode("latin-1") + body

    def _take(self) -> "_Connection":
        """Return a connection that the server has not closed meanwhile."""
        while self.free:
            try:
                connection = self.free.pop()
            except IndexError:  # Another thread took it.
                break
            if connection.quiet():
                return connection
            connection.close()
        return _Connection(self._open())

    def _open(self) -> socket.socket:
        connection = socket.create_connection(self._address, self._timeout_s)
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self._tls is None:
            return connection
        return self._tls.wrap_socket(connection, server_hostname=self._address[0])


def _trusting() -> ssl.SSLContext:
    """Trust any certificate, as Locust does: test deployments sign their own."""
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context


class _Connection:
    """A connection, and the answer that comes in on it. Its parser calls the methods `on_...`."""

    def __init__(self, connection: socket.socket) -> None:
        self._socket, self._parser = connection, HttpResponseParser(self)
        self.kept = False
        self.on_message_begin()

    def exchange(self, request: bytes) -> Answer:
        """Send a request and return its answer. Raises OSError, HttpParserError."""
        self._complete = False
        self._socket.sendall(request)
        while not self._complete:
            data = self._socket.recv(_BLOCK)
            if not data:
                raise ConnectionResetError
            self._parser.feed_data(data)
        return Answer(self._parser.get_status_code(), self._headers, self._body)

    def quiet(self) -> bool:
        """Tell whether nothing came in: what does while nobody asks is its end."""
        return not select.select([self._socket], [], [], 0)[0]

    def close(self) -> None:
        self._socket.close()

    def on_message_begin(self) -> None:
        self._headers: dict[str, str] = {}
        self._body = b""

    def on_header(self, name: bytes, value: bytes) -> None:
        key, text = name.decode("latin-1").lower(), value.decode("latin-1")
        known = self._headers.get(key)
        self._headers[key] = text if known is None else f"{known}\n{text}"

    def on_body(self, body: bytes) -> None:
        self._body += body

    def on_message_complete(self) -> None:
        # After a 1xx the answer is still to come.
        self._complete = self._parser.get_status_code() >= _FINAL
        self.kept = self._parser.should_keep_alive()
