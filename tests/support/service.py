"""An upstream that does what services do: streams, ranges, events, WebSockets, delays."""

import asyncio
import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from aiohttp import WSMsgType, web

CHUNK = b"0123456789abcdef" * 4096


@dataclass
class Service:
    """What it saw: `method path` of each request, closed sockets' codes, where it listens.

    `reasons`: the text that came with the code of a socket, where its client closed it.
    """

    url: str = ""
    seen: list[str] = field(default_factory=list)
    closed: list[int | None] = field(default_factory=list)
    reasons: list[str] = field(default_factory=list)


class Views:
    """The service's answers."""

    def __init__(self, service: Service, file: Path) -> None:
        self._service, self._file = service, file

    async def down(self, request: web.Request) -> web.StreamResponse:
        """Send ?bytes=n."""
        left = int(request.query["bytes"])
        answer = web.StreamResponse(headers={"content-length": str(left)})
        await answer.prepare(request)
        while left > 0:
            await answer.write(CHUNK[: min(left, len(CHUNK))])
            left -= len(CHUNK)
        return answer

    async def up(self, request: web.Request) -> web.Response:
        """Count and hash what comes."""
        digest, seen = hashlib.sha256(), 0
        async for chunk in request.content.iter_any():
            seen += len(chunk)
            digest.update(chunk)
        return web.json_response({"bytes": seen, "sha256": digest.hexdigest()})

    async def events(self, request: web.Request) -> web.StreamResponse:
        """Send an event, and the next one only after a while."""
        answer = web.StreamResponse(headers={"content-type": "text/event-stream"})
        await answer.prepare(request)
        for number in range(3):
            await answer.write(b"data: %d\n\n" % number)
            await asyncio.sleep(0.8)
        return answer

    async def file(self, _: web.Request) -> web.FileResponse:
        """Serve a file with all of Range and conditions."""
        return web.FileResponse(self._file)

    async def slow(self, request: web.Request) -> web.Response:
        """Answer after ?seconds=."""
        await asyncio.sleep(float(request.query["seconds"]))
        return web.Response(text="late")

    async def away(self, request: web.Request) -> web.Response:
        """Redirect to where the gateway must not follow."""
        return web.Response(status=302, headers={"location": request.query["to"]})

    async def method(self, request: web.Request) -> web.Response:
        """Tell the method and the fields."""
        told = [[name.lower(), value] for name, value in request.headers.items()]
        return web.json_response({"method": request.method, "headers": told})

    async def socket(self, request: web.Request) -> web.WebSocketResponse:
        """Tell the fields of the handshake, then send every message back."""
        answer = web.WebSocketResponse(protocols=["kelp.v1"])
        await answer.prepare(request)
        await answer.send_json([[k.lower(), v] for k, v in request.headers.items()])
        while not answer.closed:
            message = await answer.receive()
            if message.type is WSMsgType.TEXT and message.data == "close 4001":
                await answer.close(code=4001, message=b"asked")
            elif message.type is WSMsgType.TEXT:
                await answer.send_str(message.data)
            elif message.type is WSMsgType.BINARY:
                await answer.send_bytes(message.data)
            elif message.type is WSMsgType.CLOSE:
                self._service.reasons.append(message.extra or "")
        self._service.closed.append(answer.close_code)
        return answer


def application(service: Service, file: Path) -> web.Application:
    """Put the service together."""

    @web.middleware
    async def note(request: web.Request, handler: web.RequestHandler) -> web.StreamResponse:
        service.seen.append(f"{request.method} {request.path}")
        answer: web.StreamResponse = await handler(request)  # type: ignore[operator]
        return answer

    made = web.Application(middlewares=[note], client_max_size=0)  # type: ignore[list-item]
    views = Views(service, file)
    for name in ("down", "up", "events", "file", "slow", "away", "method", "socket"):
        made.router.add_route("*", "/{prefix:[a-z]+}/" + name, getattr(views, name))
    return made


@contextmanager
def running(file: Path) -> Iterator[Service]:
    """Run the service on a thread of this process."""
    service, loop, up = Service(), asyncio.new_event_loop(), threading.Event()

    async def serve() -> None:
        runner = web.AppRunner(
            application(service, file), shutdown_timeout=1, handler_cancellation=True
        )
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        service.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        up.set()
        try:
            await asyncio.Event().wait()
        finally:
            await runner.cleanup()

    def run() -> None:
        try:
            loop.run_until_complete(task)
        except asyncio.CancelledError:
            pass
        finally:
            loop.close()

    task = loop.create_task(serve())
    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    assert up.wait(10)
    yield service
    loop.call_soon_threadsafe(task.cancel)
    thread.join(10)
