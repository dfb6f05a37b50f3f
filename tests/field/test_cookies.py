"""The table of hostile Cookie fields through every server that reads the session cookie."""

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from itertools import chain
from pathlib import Path

import pytest
from support.hostile_cookies import FAMILIES, MALFORMED, NOTHING, OPENS, Meaning, Row
from support.people import Person
from support.raw import Reply, Wire
from support.scripted import Scripted

from devstack.ports import free_ports
from devstack.process import Process, answers
from devstack.stack import Stack
from holdfast import Ended, Keys, Lifetime, Token
from holdfast.redis_store import RedisStore

NAME = "holdfast"
LIFETIME = Lifetime(600_000, 600_000)
HIGH = [bytes([n]) for n in range(0x80, 0x100)]
ROWS = [
    *chain.from_iterable(FAMILIES.values()),
    # A server that trims more than SP and HTAB from a field's value reads the exact name here.
    *(Row(f"{odd.hex()} first", (odd + b"NAME=TOKEN",), NOTHING, b"") for odd in HIGH),
    *(Row(f"{odd.hex()} last", (b"NAME=TOKEN" + odd,), MALFORMED, b"") for odd in HIGH),
]
CONTROLS = {row.name for row in FAMILIES["controls"]}


def _of_gateway(reply: Reply) -> Meaning:
    if reply.status == 200:
        return OPENS
    return {"/problems/no-session": NOTHING, "/problems/session-ended": MALFORMED}[
        json.loads(reply.body)["type"]
    ]


def _of_app(reply: Reply) -> Meaning:
    """Say what an application saw: it does not distinguish a malformed cookie from none."""
    assert reply.status == 200
    return NOTHING if reply.body == b"none" else OPENS


@dataclass
class Server:
    """A server with the path that shows the session. It keeps a connection while it can."""

    port: int
    path: str
    meaning: Callable[[Reply], Meaning]
    wsgi: bool = False
    _wires: list[Wire] = field(default_factory=list)

    def ask(self, method: str, path: str, lines: list[bytes]) -> Reply:
        """Send Cookie lines; return the answer."""
        head = f"{method} {path} HTTP/1.1\r\nHost: a\r\n"
        head += "Accept: application/json\r\n"
        head += "Content-Length: 0\r\n" if method == "POST" else ""
        cookies = b"".join(b"Cookie: %s\r\n" % line for line in lines)
        wire = self._wires.pop() if self._wires else Wire(self.port)
        reply = wire.send(head.encode() + cookies + b"\r\n").reply()
        if reply.status in (200, 204, 401) and "close" not in reply.all("connection"):
            self._wires.append(wire)
        else:
            wire.socket.close()
        return reply

    def close(self) -> None:
        for wire in self._wires:
            wire.socket.close()


@pytest.fixture(scope="module")
def pepper(stack: Stack) -> str:
    return Path(stack.env["HOLDFAST_PEPPER_FILE"]).read_text()


@pytest.fixture(scope="module")
def store(stack: Stack, pepper: str) -> Iterator[RedisStore]:
    """Give the stack's own store, which all servers here share."""
    keys = Keys("hf", pepper.encode())
    made = RedisStore(stack.env["HOLDFAST_REDIS_URL"], keys, timeout_s=5)
    yield made
    made.close()


@pytest.fixture(scope="module")
def servers(
    stack: Stack, pepper: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[dict[str, Server]]:
    """Give all that read the cookie: both HTTP parsers of the gateway, auth, and the drop-ins."""
    folder, ports = tmp_path_factory.mktemp("apps"), free_ports(2)
    env = {**os.environ, "REDIS_URL": stack.env["HOLDFAST_REDIS_URL"], "PEPPER": pepper}
    apps = {"flask": "gthread", "asgi": "asgi"}
    running = []
    for port, (kind, worker) in zip(ports, apps.items(), strict=True):
        command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"]
        command += ["--no-control-socket", "--chdir", str(Path(__file__).parent)]
        command += ["--worker-class", worker, f"cookie_apps:on_{kind}()"]
        url = f"http://127.0.0.1:{port}/who"
        log = folder / kind
        running.append(Process(kind, command, env, log, partial(answers, url)))
    auth = int(stack.env["HOLDFAST_AUTH_URLS"].split(",")[0].rpartition(":")[2])
    made = {
        "gateway": Server(stack.port, "/session", _of_gateway),
        "gateway, Python parser": Server(stack.port + 1, "/session", _of_gateway),
        "auth": Server(auth, "/sessions", _of_gateway, wsgi=True),
        "flask": Server(ports[0], "/who", _of_app, wsgi=True),
        "asgi": Server(ports[1], "/who", _of_app),
    }
    try:
        for process in running:
            process.wait_ready()
        yield made
    finally:
        for server in made.values():
            server.close()
        for process in running:
            process.stop()


def _allowed(server: Server, row: Row) -> set[Meaning]:
    """Return what a server may make of a row."""
    allowed = {row.meaning}
    if server.wsgi and len(row.lines) > 1:
        # WSGI joins lines by commas: the cookie may be lost, but nothing else may open a session.
        allowed |= {NOTHING, MALFORMED}
    if server.meaning is _of_app and row.meaning is MALFORMED:
        allowed = {NOTHING}
    return allowed


def test_COO_09_COO_10_every_server_reads_a_cookie_field_as_the_table_says(
    servers: dict[str, Server], person: Person
) -> None:
    """Only the exact cookie opens the session, on every server alike.

    Report: this project's review (case F2).
    Rule: RFC 6265, 5.2 and 5.4; RFC 6265bis, 5.7; ASVS 5.0, 3.3.3.
    """
    wrong = []
    for name, server in servers.items():
        for row in ROWS:
            reply = server.ask("GET", server.path, row.fields(NAME, str(person.cookie)))
            if reply.status == 400 and row.name in CONTROLS:
                continue
            found = reply.status if reply.status not in (200, 401) else server.meaning(reply)
            if found not in _allowed(server, row):
                wrong.append(f"{name}: {row.name}: {found}")

    assert not wrong, "\n".join(wrong)


def test_SES_12_no_server_says_that_a_session_is_over_while_it_lives(
    servers: dict[str, Server], store: RedisStore
) -> None:
    """After a 204 to a sign-out every session that the cookies name is over.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: RFC 6265, 5.4; ASVS 5.0, 7.4.1.
    """
    wrong = []
    for name, server in servers.items():
        for row in filter(lambda row: row.ends, ROWS):
            token = Token.anonymous()
            store.create(token, LIFETIME)
            status = server.ask("POST", "/logout", row.fields(NAME, token.text)).status
            lives = not isinstance(store.load(token, passive=True), Ended)
            if status == 204 and lives:
                wrong.append(f"{name}: {row.name}: 204, and it lives")
            elif status != 204 and not (status == 400 and row.name in CONTROLS):
                wrong.append(f"{name}: {row.name}: {status}")

    assert not wrong, "\n".join(wrong)


def test_PRX_09_a_service_behind_gets_the_other_cookies_and_no_byte_of_the_token(
    servers: dict[str, Server], person: Person, scripted: Scripted
) -> None:
    """The other cookies arrive byte for byte in one line.

    Report: authelia#235, oauth2-proxy#388 (case F1).
    Rule: RFC 6265, 5.4; RFC 9113, 8.2.3; ASVS 5.0, 3.3.
    """
    scripted.answer = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"
    token, wrong = str(person.cookie), []
    for name in ("gateway", "gateway, Python parser"):
        for row in ROWS:
            scripted.heads.clear()
            reply = servers[name].ask("GET", "/raw", row.fields(NAME, token))
            if reply.status == 400 and row.name in CONTROLS:
                continue
            lines = scripted.heads[0].split(b"\r\n")
            sent = [line[8:] for line in lines if line.lower().startswith(b"cookie: ")]
            due = None if row.passes is None else row.passes.replace(b"NAME", NAME.encode())
            if (due is not None and sent != [due] * bool(due)) or len(sent) > 1:
                wrong.append(f"{name}: {row.name}: {sent}")
            if row.meaning is OPENS and token.encode() in scripted.heads[0]:
                wrong.append(f"{name}: {row.name}: the token")

    assert not wrong, "\n".join(wrong)


def test_PRX_17_a_field_of_17_KB_is_refused_as_a_whole(
    servers: dict[str, Server], person: Person
) -> None:
    """A field above a server's limit is 400 or 431, or the connection is reset; it opens nothing.

    Report: this project's review (case F2).
    Rule: RFC 6585, 5; ASVS 5.0, 4.2.5.
    """
    cookie, many = f"{NAME}={person.cookie}".encode(), b"a=" + b"x" * 17_000
    for name, server in servers.items():
        for line in (many + b"; " + cookie, cookie + b"; " + many):
            reply = server.ask("GET", server.path, [line])
            assert reply.status in (0, 400, 431), name


ODD = [bytes([n]) for n in (*range(0x01, 0x21), 0x7F, *range(0x80, 0x100)) if n not in (0x0A, 0x0D)]
FRONTS = [b"=", b"==", b" =", b"=\t", b'"', b"\xc2\xa0", b"\xe3\x80\x80", b"\xef\xbb\xbf"]
NAMES = [b"holdfast", b"HOLDFAST", b"Holdfast", b"holdfast-form", b"Holdfast-Form"]
PREFIXES = [b"__Host-", b"__host-", b"__HOST-", b"__Secure-", b"__secure-"]
TOSSED = [
    *(front + b"holdfast=evil; Path=/" for front in [*ODD, *FRONTS]),
    *(b"holdfast" + behind + b"=evil; Path=/" for behind in ODD),
    *(b"holdfast-form" + behind + b"=evil" for behind in ODD),
    *(prefix + name + b"=evil; Secure; Path=/" for prefix in PREFIXES for name in NAMES),
    *(odd + b"__Host-holdfast=evil; Secure; Path=/" for odd in ODD),
    *(name + b"; Max-Age=0" for name in NAMES),
    *(name + b"=; Max-Age=0" for name in NAMES),
    b'"holdfast"=evil',
    b'holdfast="evil"',
]


def test_COO_11_no_spelling_of_our_cookies_in_a_set_cookie_line_reaches_the_browser(
    servers: dict[str, Server], scripted: Scripted
) -> None:
    """A service can neither set nor clear them under a name that some parser trims to ours.

    Report: authelia#235, oauth2-proxy#388 (case F2).
    Rule: RFC 6265bis, 4.1.3 and 5.6; ASVS 5.0, 3.3.3.
    """
    reached = []
    for name in ("gateway", "gateway, Python parser"):
        for tossed in TOSSED:
            scripted.answer = (
                b"HTTP/1.1 200 OK\r\nSet-Cookie: a=1\r\nSet-Cookie: %s\r\n"
                b"Set-Cookie: holdfastish=1\r\nContent-Length: 0\r\n\r\n" % tossed
            )
            reply = servers[name].ask("GET", "/raw", [])
            passed = reply.all("set-cookie")
            refused = reply.status == 502 and passed == []
            if not refused and passed != ["a=1", "holdfastish=1"]:
                reached.append(f"{name}: {tossed!r}: {reply.status} {passed}")

    assert not reached, "\n".join(reached)
