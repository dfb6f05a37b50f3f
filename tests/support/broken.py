"""A small session service on the store in memory, right or broken in one stated way.

It speaks enough of the gateway's API for the load tests' people. Each fault is a store that
breaks one guarantee, and only that one.
"""

import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import msgspec

from holdfast import Committed, Ended, Intent, Lifetime, Op, Reason, Session, Token, User
from holdfast.errors import VersionConflict
from holdfast.intents import tag_of
from holdfast.memory import MemoryStore
from sessionhttp.cookies import CookiePolicy
from sessionhttp.view import session_json

IDLE_MS, ABSOLUTE_MS = 2_600, 4_200
COOKIE = CookiePolicy(secure=False)


def now_ms() -> int:
    return time.time_ns() // 1_000_000


class Right(MemoryStore):
    """A store without fault. While it is `down`, whoever needs it is told so."""

    keeps_id = False
    told_when_down, head_when_down = 503, "Retry-After: 1\r\n"

    def __init__(self) -> None:
        super().__init__(now_ms)
        self.count, self.served, self.down = 0, 0, False
        self.refused: set[Token] = set()

    def reached(self) -> bool:
        """Tell whether it is there."""
        return not self.down

    def recover(self) -> None:
        """Be there again, with everything."""
        self.down = False


class LosesIncrements(Right):
    """Acknowledges every 50th increment, and drops it."""

    def commit(self, token: Token, intents: Sequence[Intent], **more: Any) -> Committed | Ended:
        with self._lock:
            self.count += intents[0].op is Op.INCREMENT
            if intents[0].op is not Op.INCREMENT or self.count % 50:
                return super().commit(token, intents, **more)
            found = self.load(token)
            if isinstance(found, Ended):
                return found
            name = intents[0].name
            value = b"%d" % (int((found.data or {}).get(name, b"0")) + 1)
            return Committed(found.version + 1, {name: value})


class RevivesLogouts(Right):
    """Says "ended" of one in 200 sessions, and keeps it."""

    def end(self, token: Token, reason: Reason = Reason.LOGGED_OUT) -> bool:
        with self._lock:
            self.count += reason is Reason.LOGGED_OUT
            revived = reason is Reason.LOGGED_OUT and self.count % 200 == 7
            return revived or super().end(token, reason)


class ServesLate(Right):
    """Serves a session two seconds past its deadline."""

    def _expired(self, record: Any) -> bool:
        return now_ms() >= record.session.idle_expires_ms + 2000 and super()._expired(record)


class RefusesEarly(Right):
    """Refuses a session two seconds before its deadline."""

    def load(self, token: Token, **more: Any) -> Session | Ended:
        found = super().load(token, **{**more, "passive": True})
        if isinstance(found, Session) and found.idle_expires_ms - 2000 < now_ms():
            return Ended(Reason.IDLE_TIMEOUT)
        return super().load(token, **more)


class SwapsOnce(Right):
    """Shows one person the session of another, once: the 100th time that one is shown."""

    other: Session | None = None

    def load(self, token: Token, **more: Any) -> Session | Ended:
        found = super().load(token, **more)
        if not isinstance(found, Session) or found.user is None or more.get("passive", True):
            return found
        with self._lock:
            strange = self.other and self.other.user != found.user
            if self.count < 100 or strange:
                self.count += 1
            shown = self.other if self.count == 101 and strange else found
            self.other = found
            return shown or found


class ReadsStale(Right):
    """Reads the data from a replica that lags by 60 ms."""

    def __init__(self) -> None:
        super().__init__()
        self.past: dict[str, list[tuple[int, int, Any]]] = {}

    def load(self, token: Token, **more: Any) -> Session | Ended:
        with self._lock:
            found = super().load(token, **more)
            if isinstance(found, Ended):
                return found
            past = self.past.setdefault(found.id, [])
            past.append((now_ms(), found.version, found.data))
            old = [one for one in past if one[0] <= now_ms() - 60]
            del past[: max(0, len(old) - 1)]
            data = (old or past)[-1 if old else 0][2]
            return replace(found, data=data)

    def commit(self, token: Token, intents: Sequence[Intent], **more: Any) -> Committed | Ended:
        done = super().commit(token, intents, **more)
        ReadsStale.load(self, token)
        return done


class KeepsId(Right):
    """Keeps the id at login."""

    keeps_id = True


class TellsLogout(Right):
    """Tells an outage as a logout."""

    told_when_down, head_when_down = 401, ""


class TakesCookie(Right):
    """Answers an outage rightly, and takes the cookie away."""

    head_when_down = f"Retry-After: 1\r\nSet-Cookie: {COOKIE.clear()}\r\n"


class AnswersLate(Right):
    """Answers an outage rightly, after more than a second."""

    def reached(self) -> bool:
        if self.down:
            time.sleep(1.1)  # The fault itself.
        return super().reached()


class ForgetsSessions(Right):
    """Comes back from a crash without every other session."""

    def recover(self) -> None:
        for token in [*self._records][::2]:
            del self._records[token]
        super().recover()


class ForgetsWrites(Right):
    """Comes back from a crash with every session, and no data."""

    def recover(self) -> None:
        for record in self._records.values():
            record.data.clear()
        super().recover()


OUTAGES: dict[str, tuple[type[Right], str]] = {
    "tells an outage as a logout": (TellsLogout, "G7"),
    "takes the cookie away in an outage": (TakesCookie, "G7"),
    "answers an outage late": (AnswersLate, "G7"),
    "forgets sessions in a crash": (ForgetsSessions, "G8"),
    "forgets data in a crash": (ForgetsWrites, "G8"),
}

FAULTS: dict[str, tuple[type[Right], str]] = {
    "loses every 50th increment": (LosesIncrements, "G2"),
    "revives 1 of 200 logouts": (RevivesLogouts, "G3"),
    "serves 2 s past the deadline": (ServesLate, "G4"),
    "refuses 2 s early": (RefusesEarly, "G4"),
    "swaps two users' bodies once": (SwapsOnce, "G5"),
    "reads a stale replica": (ReadsStale, "G1"),
    "keeps the id at login": (KeepsId, "G6"),
}


class Refused(Exception):
    """An answer other than 200, with its status and what else its head says."""

    def __init__(self, status: int, head: str = "") -> None:
        self.status, self.head = status, head


class Service:
    """The verbs, over one store."""

    def __init__(self, store: Right) -> None:
        self.store = store
        self.lifetime = Lifetime(IDLE_MS, ABSOLUTE_MS)

    def handle(self, method: str, path: str, headers: Any, body: bytes) -> tuple[int, bytes, str]:
        """Return status, body and what else the head says."""
        token = COOKIE.read("; ".join(headers.get_all("cookie") or []).encode("latin-1"))
        if token and not self.store.reached():
            self.store.refused.add(token)
            raise Refused(self.store.told_when_down, self.store.head_when_down)
        self.store.served += 1
        routes: list[tuple[str, str, Callable[..., tuple[int, bytes, str]]]] = [
            ("GET", "/session", self.show),
            ("GET", "/session/data/([^/]+)", self.value),
            ("PATCH", "/session/data", self.patch),
            ("POST", "/session/rotate", self.rotate),
            ("POST", "/register", lambda *_: (201, b"{}", "")),
            ("POST", "/login", self.login),
            ("POST", "/password", self.password),
            ("POST", "/logout", self.logout),
            ("DELETE", "/sessions", self.end_others),
            ("DELETE", "/sessions/([^/]+)", self.end_one),
            ("GET", "/healthz", lambda *_: (200, b"{}", "")),
        ]
        for verb, pattern, call in routes:
            match = re.fullmatch(pattern, path)
            if match and verb == method:
                parsed = msgspec.json.decode(body) if body else headers
                return call(token, parsed, *match.groups())
        raise Refused(404)

    def _live(self, token: Token | None, *, passive: bool = True) -> tuple[Token, Session]:
        found = self.store.load(token, passive=passive, touch_ms=0) if token else None
        if token is None or not isinstance(found, Session):
            raise Refused(401)
        return token, found

    def _view(self, session: Session, token: Token | None = None) -> tuple[int, bytes, str]:
        head = f"Set-Cookie: {COOKIE.set(token, session)}\r\n" if token else ""
        return 200, session_json(session, secure=False), head

    def show(self, token: Token | None, headers: Any) -> tuple[int, bytes, str]:
        passive = headers.get("x-session-passive") == "1"
        return self._view(self._live(token, passive=passive)[1])

    def value(self, token: Token | None, _: Any, name: str) -> tuple[int, bytes, str]:
        value = (self._live(token)[1].data or {}).get(name)
        if value is None:
            raise Refused(404)
        return 200, value, f'ETag: "{tag_of(value)}"\r\n'

    def patch(self, token: Token | None, body: Any) -> tuple[int, bytes, str]:
        op = body["ops"][0]
        value = b"1" if op["op"] == "increment" else msgspec.json.encode(op["value"])
        tag = op.get("if_match")
        intent = Intent(Op(op["op"]), op["name"], value, tag and tag.strip('"'))
        if token is None:
            token = Token.new(0)
            session = self.store.create(token, self.lifetime, intents=[intent])
            values: Mapping[str, bytes | None] = session.data or {}
            head = f"Set-Cookie: {COOKIE.set(token, session)}\r\n"
        else:
            done = self.store.commit(token, [intent], touch_ms=0)
            if isinstance(done, Ended):
                raise Refused(401)
            values, head = done.values, ""
        told = {name: msgspec.Raw(value or b"null") for name, value in values.items()}
        return 200, msgspec.json.encode({"version": 1, "values": told}), head

    def login(self, token: Token | None, body: Any) -> tuple[int, bytes, str]:
        user, new = User(body["username"], body["username"]), Token.new(0)
        intents, old = [], self.store.load(token) if token else None
        if token and isinstance(old, Session) and old.user is None:
            data = self.store.take(token)
            data = {} if isinstance(data, Ended) else data
            intents = [Intent(Op.SET, name, value) for name, value in data.items()]
        elif token:
            self.store.end(token, Reason.ROTATED)
        if self.store.keeps_id and token:
            self.store._tombstones.pop(token.text, None)
            new = token
        epoch = self.store.epoch(user.id)
        session = self.store.create(new, self.lifetime, user=user, epoch=epoch, intents=intents)
        return self._view(session, new)

    def rotate(self, token: Token | None, _: Any) -> tuple[int, bytes, str]:
        old, _session = self._live(token)
        new = Token.new(old.bucket)
        done = self.store.rotate(old, new)
        if isinstance(done, Ended):
            raise Refused(401)
        return self._view(done.session, new if done.installed else None)

    def password(self, token: Token | None, _: Any) -> tuple[int, bytes, str]:
        old, session = self._live(token)
        assert session.user
        self.store.end_user(session.user.id, Reason.PASSWORD_CHANGED, keep=old)
        new = Token.new(old.bucket)
        done = self.store.rotate(old, new, privilege=True)
        if isinstance(done, Ended):
            raise Refused(401)
        return self._view(done.session, new)

    def logout(self, token: Token | None, _: Any) -> tuple[int, bytes, str]:
        if token:
            self.store.end(token)
        return 204, b"", f"Set-Cookie: {COOKIE.clear()}\r\n"

    def end_others(self, token: Token | None, _: Any) -> tuple[int, bytes, str]:
        kept, session = self._live(token)
        assert session.user
        self.store.end_user(session.user.id, Reason.REVOKED, keep=kept)
        return 200, b"{}", ""

    def end_one(self, token: Token | None, _: Any, public_id: str) -> tuple[int, bytes, str]:
        session = self._live(token)[1]
        assert session.user
        if not self.store.end_one(session.user.id, public_id):
            raise Refused(404)
        return 204, b"", ""


@contextmanager
def running(store: Right, instances: int = 2) -> Iterator[list[str]]:
    """Serve one store at several addresses; yield them."""
    service = Service(store)
    with ExitStack() as stack:
        yield [_serve(service, f"broken-{n}", stack) for n in range(1, instances + 1)]


def _serve(service: Service, name: str, stack: ExitStack) -> str:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        disable_nagle_algorithm = True
        wbufsize = -1

        def answer(self) -> None:
            size = int(self.headers.get("content-length", "0"))
            body = self.rfile.read(size)
            try:
                status, text, head = service.handle(self.command, self.path, self.headers, body)
            except Refused as refused:
                status, text, head = refused.status, b"", refused.head
            except VersionConflict:
                status, text, head = 412, b"", ""
            self.wfile.write(
                f"HTTP/1.1 {status} X\r\nX-Served-By: {name}\r\n{head}"
                f"Content-Length: {len(text)}\r\n\r\n".encode()
                + text
            )
            self.wfile.flush()

        do_GET = do_POST = do_PATCH = do_DELETE = answer

        def log_message(self, *_: Any) -> None:
            """Stay quiet."""

    server = stack.enter_context(ThreadingHTTPServer(("127.0.0.1", 0), Handler))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    stack.callback(server.shutdown)
    return f"http://127.0.0.1:{server.server_port}"
