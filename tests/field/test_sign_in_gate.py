"""Sign-ins in turns at the gateway: what is refused anyway keeps no real sign-in waiting."""

import asyncio
from collections.abc import Sequence

from starlette.types import ASGIApp, Message, Scope
from unit.gateway.test_edge import edge

from gateway.answer import Answer
from gateway.gate import MOST_WAITING
from gateway.request import Request

Fields = Sequence[tuple[bytes, bytes]]
JSON = (b"content-type", b"application/json")
INVALID: dict[int, Fields] = {
    400: [(b"host", b"a"), (b"host", b"b"), JSON],
    403: [(b"host", b"a"), (b"sec-fetch-site", b"cross-site"), JSON],
    413: [(b"host", b"a"), (b"content-length", b"70000"), JSON],
    415: [(b"host", b"a"), (b"content-type", b"text/plain")],
}


def login(fields: Fields) -> Scope:
    return {
        "type": "http",
        "http_version": "1.1",
        "method": "POST",
        "scheme": "http",
        "path": "/login",
        "raw_path": b"/login",
        "query_string": b"",
        "headers": list(fields),
        "client": ("127.0.0.1", 1),
    }


class Crowd:
    """People who sign in at one gateway: the statuses that they got, how many came to auth."""

    def __init__(self) -> None:
        self.begun, self.answers = 0, list[Message]()
        self._app = edge(self._to_auth)

    async def _to_auth(self, _: Request) -> ASGIApp:
        self.begun += 1
        return Answer(status=204, fields=())

    async def _receive(self) -> Message:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def _send(self, message: Message) -> None:
        if message["type"] == "http.response.start":
            self.answers.append(message)

    def come(self, fields: Fields) -> asyncio.Future[None]:
        return asyncio.ensure_future(self._app(login(fields), self._receive, self._send))

    def statuses(self) -> list[int]:
        return [message["status"] for message in self.answers]


def test_a_flood_of_invalid_sign_ins_keeps_no_real_one_waiting() -> None:
    """A sign-in behind 2,000 invalid ones begins within three turns of the event loop.

    Report: this project's review (case B4).
    Rule: ASVS 5.0, 2.4.1 and 15.2.2.
    """

    async def run() -> None:
        crowd = Crowd()
        flood = [crowd.come(fields) for _ in range(500) for fields in INVALID.values()]
        real = crowd.come([(b"host", b"a"), JSON])
        for _ in range(3):
            await asyncio.sleep(0)
        assert crowd.begun == 1
        await asyncio.gather(*flood, real)
        assert {status: crowd.statuses().count(status) for status in INVALID} == dict.fromkeys(
            INVALID, 500
        )

    asyncio.run(run())


def test_more_sign_ins_than_may_wait_are_refused_at_once() -> None:
    """Of more sign-ins than have room in the queue the rest is 503 with Retry-After.

    Report: this project's review (case B4).
    Rule: RFC 9110, 15.6.4; ASVS 5.0, 15.2.2.
    """

    async def run() -> None:
        crowd = Crowd()
        people = [crowd.come([(b"host", b"a"), JSON]) for _ in range(MOST_WAITING + 50)]
        await asyncio.sleep(0)
        assert crowd.statuses() == [503] * 50
        assert all(b"retry-after" in dict(message["headers"]) for message in crowd.answers)
        await asyncio.gather(*people)
        assert crowd.begun == MOST_WAITING

    asyncio.run(run())
