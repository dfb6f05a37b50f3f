"""Sessions for Starlette, FastAPI and every other ASGI application, on Holdfast.

    app.add_middleware(SessionMiddleware, store=AsyncRedisStore(url, keys))

`request.session` is then a `SessionDict`. It is loaded when a request carries the cookie, and what
changed is committed before the response begins, so a stream's body can write no more.
"""

from collections.abc import Awaitable, Callable, Iterable, MutableMapping
from typing import Any

from holdfast.errors import HoldfastError
from holdfast.model import Client
from holdfast.web.answers import ANSWERED, answer_of
from holdfast.web.cookie import Cookie
from holdfast.web.cookie_header import joined
from holdfast.web.policy import Policy
from holdfast.web.session import SessionDict
from holdfast.web.steps import drive_async
from holdfast.web.visit import Visit

__all__ = ["Cookie", "Policy", "SessionDict", "SessionMiddleware", "session_of"]

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
ASGIApp = Callable[[Scope, Receive, Send], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


def session_of(scope: Scope) -> SessionDict:
    """Return the session of a request's scope, as `request.session` does, with its own type."""
    session: SessionDict = scope["session"]
    return session


class SessionMiddleware:
    """Puts the session into `scope["session"]`.

    `store` has the verbs of holdfast.store, awaited; whoever made it closes it. With the store out
    of reach, requests that do not look at the session are served, the others get 503 and keep
    their cookie. A WebSocket's session can be read, not written: it has no response.
    """

    def __init__(
        self,
        app: ASGIApp,
        store: Any,
        *,
        policy: Policy | None = None,
        cookie: Cookie | None = None,
    ) -> None:
        self._app, self._store = app, store
        self._policy, self._cookie = policy or Policy(), cookie or Cookie()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request or a WebSocket with its session."""
        if scope["type"] not in {"http", "websocket"}:
            await self._app(scope, receive, send)
            return
        visit = await self._open(scope)
        session = scope["session"] = SessionDict(visit.state, lambda: None)
        if scope["type"] == "websocket":
            visit.state.closed = True
            await self._app(scope, receive, send)
            return
        answer = _Answer(visit, session, self._store, self._cookie, send)
        try:
            await self._app(scope, receive, answer.send)
        except ANSWERED as error:
            if answer.begun:
                raise
            await answer.refuse(error)

    async def _open(self, scope: Scope) -> Visit:
        field = joined(value for name, value in scope["headers"] if name == b"cookie")
        client = Client(scope["client"][0] if scope.get("client") else "")
        visit = Visit(self._policy, self._cookie.read(field), client)
        try:
            await drive_async(visit.start(), self._store)
        except HoldfastError as error:
            visit.state.fault = error
        return visit


class _Answer:
    """The response on its way out: commits before it begins, or is refused in its place."""

    def __init__(
        self, visit: Visit, session: SessionDict, store: Any, cookie: Cookie, send: Send
    ) -> None:
        self._visit, self._session, self._store = visit, session, store
        self._cookie, self._send = cookie, send
        self.begun = self._refused = False

    async def send(self, message: Message) -> None:
        """Pass a message on; of a refused answer, none."""
        if message["type"] == "http.response.start":
            try:
                await drive_async(self._visit.finish(), self._store)
            except ANSWERED as error:
                await self.refuse(error)
                return
            message["headers"] = self._with_ours(message.get("headers", ()))
            self.begun = True
        if not self._refused:
            await self._send(message)

    async def refuse(self, error: HoldfastError) -> None:
        """Answer with the error instead."""
        self.begun = self._refused = True
        status, headers, text = answer_of(error)
        raw = [(name.encode(), value.encode()) for name, value in headers.items()]
        start = {"type": "http.response.start", "status": status, "headers": self._with_ours(raw)}
        await self._send(start)
        await self._send({"type": "http.response.body", "body": text.encode()})

    def _with_ours(self, headers: Iterable[tuple[bytes, bytes]]) -> Headers:
        made = list(headers)
        if self._visit.cookie:
            # No cache may hand this token to somebody else.
            made = [pair for pair in made if pair[0].lower() != b"cache-control"]
            made.append((b"cache-control", b"no-store"))
            made.append((b"set-cookie", self._cookie.write(self._visit.cookie).encode()))
        if self._session.accessed and not _varies(made):
            made.append((b"vary", b"Cookie"))
        return made


def _varies(headers: Headers) -> bool:
    listed = b",".join(value for name, value in headers if name.lower() == b"vary")
    return bool({b"cookie", b"*"} & {one.strip().lower() for one in listed.split(b",")})
