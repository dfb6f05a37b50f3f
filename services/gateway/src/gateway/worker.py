"""gunicorn's asgi worker, with connections of our own (docs/decisions/0007)."""

import asyncio
from functools import partial
from typing import Any

from gunicorn.asgi import websocket
from gunicorn.asgi.protocol import ASGIProtocol
from gunicorn.workers import gasgi

from gateway.client_socket import ClientSocket
from gateway.connection import Connection
from gateway.outbox import Outbox

_LEAVE_SECONDS = 0.1


def _use_the_parser_in_c() -> None:
    """Have gunicorn find its parser in C where it is installed, and lose no byte in it.

    Asked of a subclass it would note the answer there, and look for it at the base. By itself the
    parser drops what comes behind a request beyond 64 KiB; `_http1_buffered` bounds it instead.
    """
    if ASGIProtocol._check_h1c_protocol_available():  # noqa: SLF001 - as gunicorn does
        whole = partial(ASGIProtocol._h1c_protocol_class, limit_remaining=0)  # noqa: SLF001
        ASGIProtocol._h1c_protocol_class = whole  # noqa: SLF001


class Worker(gasgi.ASGIWorker):  # type: ignore[misc] # gunicorn has no types
    """The worker that knows its connections, so that it can end those that are idle."""

    def __init__(self, *args: Any, **named: Any) -> None:
        super().__init__(*args, **named)
        self.connections: set[Connection] = set()

    def _setup_event_loop(self) -> None:
        super()._setup_event_loop()
        self.outbox = Outbox(self.loop)
        # gunicorn names no backlog here, so that asyncio's 100 would take the place of its own.
        self.loop.create_server = partial(self.loop.create_server, backlog=self.cfg.backlog)

    def init_process(self) -> None:
        """Serve. gunicorn names its classes only where it makes them, so ours take their place."""
        _use_the_parser_in_c()
        gasgi.ASGIProtocol = Connection
        websocket.WebSocketProtocol = ClientSocket
        super().init_process()

    def notify(self) -> None:
        """Tell the master that we live, once a second, and close what is idle for too long."""
        super().notify()
        for one in list(self.connections):
            one.look()

    async def _shutdown(self) -> None:
        leaving = self.loop.create_task(self._leave_connections())
        try:
            await super()._shutdown()
        finally:
            leaving.cancel()

    async def _leave_connections(self) -> None:
        """Part with each connection as soon as it has nothing under way."""
        while True:
            for one in list(self.connections):
                one.leave()
            await asyncio.sleep(_LEAVE_SECONDS)
