"""A relay before a server, that falls silent like a cut network: nothing arrives, nothing ends."""

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress


class Relay:
    """Carries bytes between its own `port` and another. While cut it keeps what it is given."""

    def __init__(self, to: int) -> None:
        self._to, self._whole = to, threading.Event()
        self._whole.set()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        threading.Thread(target=self._listen, daemon=True).start()

    def cut(self) -> None:
        self._whole.clear()

    def mend(self) -> None:
        self._whole.set()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _listen(self) -> None:
        with suppress(OSError):  # closed
            while True:
                client = self._listener.accept()[0]
                self._whole.wait()
                server = socket.create_connection(("127.0.0.1", self._to))
                for ends in ((client, server), (server, client)):
                    threading.Thread(target=self._carry, args=ends, daemon=True).start()

    def _carry(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                self._whole.wait()
                sink.sendall(data)
        for one in (source, sink):
            with suppress(OSError):
                one.shutdown(socket.SHUT_RDWR)
        source.close()


@contextmanager
def running(to: int) -> Iterator[Relay]:
    """Run one before a port of this machine."""
    relay = Relay(to)
    try:
        yield relay
    finally:
        relay.mend()
        relay.close()
