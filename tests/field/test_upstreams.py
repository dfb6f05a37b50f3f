"""What passes between the gateway and a service behind, and what a fault of one is told as."""

import asyncio
import gzip
import json
import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from support import tls
from support.echo import Echo
from support.exposition import scrape, total
from support.people import PASSWORD, Person
from support.raw import Reply, ask
from support.scripted import Scripted
from support.until import until

from devstack.process import answers
from devstack.stack import Stack
from gateway.client import Client
from gateway.faults import CAUSES, Fault
from gateway.forward import forward
from gateway.order import Order

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"
LATIN = b"naam=J\xfcrgen"


def request(method: str, path: str, *lines: bytes, body: bytes = b"") -> bytes:
    head = [f"{method} {path} HTTP/1.1".encode(), b"Host: a", *lines]
    return b"\r\n".join(head) + b"\r\n\r\n" + body


def get(stack: Stack, path: str, *lines: bytes, gateway: int = 0) -> Reply:
    return ask(stack.port + gateway, request("GET", path, *lines))


def problem(reply: Reply) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(reply.body)
    return found


def values(head: bytes, name: bytes) -> list[bytes]:
    pairs = (line.partition(b": ") for line in head.split(b"\r\n")[1:])
    return [value for one, _, value in pairs if one.lower() == name]


@pytest.mark.parametrize("gateway", [0, 1])
def test_bytes_above_ascii_in_a_field_pass_as_they_came(
    stack: Stack, scripted: Scripted, person: Person, gateway: int
) -> None:
    """A byte of Latin-1 in any field is refused nowhere and reaches a service unchanged.

    Chromium sends such bytes in cookies that a page's script has set.

    Report: this project's review (case F16).
    Rule: RFC 9110, 5.5 (obs-text).
    """
    scripted.answer = OK + b"X-Name: J\xfcrgen\r\n\r\nok"
    session = f"holdfast={person.cookie}".encode()
    odd = [b"Referer: http://a/\xfc", b"User-Agent: K\xe4fer", b"X-All: " + bytes(range(128, 256))]
    cookie = b"Cookie: " + LATIN + b"; " + session

    for path in ("/raw/x", "/raw-member/x"):
        answer = get(stack, path, cookie, *odd, gateway=gateway)
        assert (answer.status, answer.all("x-name")) == (200, ["J\xfcrgen"]), path
        head = scripted.heads[-1]
        assert values(head, b"cookie") == [LATIN]
        sent = {name.lower(): value for name, _, value in (one.partition(b": ") for one in odd)}
        assert {name: values(head, name)[0] for name in sent} == sent

    assert get(stack, "/session", cookie, *odd, gateway=gateway).status == 200
    assert get(stack, "/sessions", cookie, *odd, gateway=gateway).status == 200
    assert get(stack, "/login", b"Cookie: " + LATIN, *odd, gateway=gateway).status == 200
    body = json.dumps({"username": person.name, "password": PASSWORD}).encode()
    framed = [b"Content-Type: application/json", b"Content-Length: %d" % len(body)]
    login = request("POST", "/login", b"Cookie: " + LATIN, *odd, *framed, body=body)
    assert ask(stack.port + gateway, login).status == 200
    logout = request("POST", "/logout", cookie, *odd, b"Content-Length: 0")
    assert ask(stack.port + gateway, logout).status == 204
    assert get(stack, "/session", cookie, *odd, gateway=gateway).status == 401


def test_an_answer_with_large_or_many_fields_passes(stack: Stack, scripted: Scripted) -> None:
    """A field of 30 KB, and 490 fields, reach the client through either gateway.

    Report: this project's review (case Q19).
    Rule: RFC 9110, 5.4; docs/edge.md, What comes back.
    """
    large = b"X-Large: " + b"a" * 30_000 + b"\r\n"
    many = b"".join(b"X-%d: b\r\n" % number for number in range(490))
    for more, count in ((large, 1), (many, 490)):
        scripted.answer = OK + more + b"\r\nok"
        for gateway in (0, 1):
            answer = get(stack, "/raw/x", gateway=gateway)
            assert (answer.status, answer.body) == (200, b"ok")
            assert sum(name.startswith("x-") for name, _ in answer.fields) >= count


ANSWERS = {
    "garbage": (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "malformed"),
    "a field without a name": (OK + b": x\r\n\r\nok", "malformed"),
    "two lengths": (OK + b"Content-Length: 3\r\n\r\nok", "framing"),
    "length and chunked": (OK + b"Transfer-Encoding: chunked\r\n\r\nok", "framing"),
    "a chunk without a size": (
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        "framing",
    ),
    "a field of 40 KB": (OK + b"X-A: " + b"a" * 40_000 + b"\r\n\r\nok", "fields-too-large"),
    "600 fields": (OK + b"X-A: a\r\n" * 600 + b"\r\nok", "fields-too-large"),
    "80 KB": (OK + (b"X-A: " + b"a" * 8000 + b"\r\n") * 10 + b"\r\nok", "fields-too-large"),
    "nothing": (b"", "broken-off"),
    "half a head": (b"HTTP/1.1 200 OK\r\nContent-", "broken-off"),
}  # fmt: skip


def test_each_fault_of_a_service_is_told_by_its_cause(
    stack: Stack, scripted: Scripted, silent: str
) -> None:
    """A 502 or 504 says in words and by a stable member what went wrong, and the log says where.

    No answer names the address of a service.

    Report: newcomer's walk (case M5); this project's review (case Q19).
    Rule: RFC 9110, 15.6.3 and 15.6.5; RFC 9457, 3.2; ASVS 5.0, 16.5.1.
    """
    before = scrape(stack, "gateway-1")
    met = list[tuple[str, str, str]]()  # path, upstream, cause
    for name, (sent, cause) in ANSWERS.items():
        scripted.answer = sent
        path = f"/raw/{name.replace(' ', '-')}"
        answer = get(stack, path)
        assert (answer.status, problem(answer)["cause"]) == (502, cause), name
        met.append((path, scripted.url, cause))
    for path, status, cause in (
        ("/gone/x", 502, "refused"),
        ("/hole/x", 504, "connect-timeout"),
        ("/silent/x", 504, "timeout"),
    ):
        answer = get(stack, path)
        assert (answer.status, problem(answer)["cause"]) == (status, cause)
        assert problem(answer)["detail"] == CAUSES[cause].detail
        assert b"127.0.0.1" not in answer.body
        met.append((path, silent if cause == "timeout" else "http://127.0.0.1:", cause))

    scripted.answer = OK + b"\r\no"
    assert get(stack, "/raw/half-a-body").body == b"o"
    met.append(("/raw/half-a-body", scripted.url, "broken-off"))

    def lines() -> dict[str, dict[str, Any]]:
        text = (stack.folder / "gateway-1.log").read_text().splitlines()
        found = [json.loads(line) for line in text if line.startswith("{")]
        return {line["path"]: line for line in found if line["event"] == "request"}

    until(lambda: met[-1][0] in lines(), 5)
    found = lines()
    for path, upstream, cause in met:
        assert found[path]["cause"] == cause
        assert found[path]["upstream"].startswith(upstream)
    until(
        lambda: all(
            total(scrape(stack, "gateway-1"), "holdfast_upstream_failures_total", cause=cause)
            > total(before, "holdfast_upstream_failures_total", cause=cause)
            for _, _, cause in met
        ),
        5,
    )


@contextmanager
def secure(folder: Path) -> Iterator[tuple[str, Path]]:
    """Serve one answer a connection over TLS; give the URL, and the authority that signed it."""
    identity = tls.identity(folder)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(identity.certificate, identity.key)

    def answer(client: socket.socket) -> None:
        with context.wrap_socket(client, server_side=True) as wrapped:
            wrapped.recv(65536)
            wrapped.sendall(OK + b"Connection: close\r\n\r\nok")

    with serving(answer) as port:
        yield f"https://127.0.0.1:{port}", identity.authority


@contextmanager
def serving(answer: Callable[[socket.socket], object]) -> Iterator[int]:
    """Answer one connection after the other; give the port."""

    def serve() -> None:
        while True:
            try:
                client = server.accept()[0]
            except OSError:
                return
            with suppress(OSError), client:
                answer(client)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield int(server.getsockname()[1])
        finally:
            server.shutdown(socket.SHUT_RDWR)
            thread.join(5)


def asked(base: str, *fields: tuple[bytes, bytes]) -> tuple[int, dict[bytes, bytes], bytes]:
    """Ask an upstream as the gateway does; return status, fields, body. Raises Fault."""

    async def run() -> tuple[int, dict[bytes, bytes], bytes]:
        async with asyncio.timeout(10), Client() as client:
            order = Order("GET", "/x", [(b"host", b"a"), *fields], None, 2)
            hop = await forward(client, base, order)
            body = b""
            while not hop.is_over:
                body += await hop.read()
            hop.close()
            return hop.status, {name.lower(): value for name, value in hop.fields}, body

    return asyncio.run(run())


@tls.needed
def test_a_fault_before_any_connection_has_a_cause_too(tmp_path: Path) -> None:
    """An unknown host, an untrusted certificate and a server without TLS are three causes.

    A private authority is trusted where SSL_CERT_FILE names it.

    Report: newcomer's walk (case M5).
    Rule: RFC 9110, 4.3.4; docs/edge.md, Services behind TLS.
    """
    with secure(tmp_path) as (url, authority), serving(lambda one: one.sendall(b"220 hi")) as port:
        for base, cause in (
            ("http://service.invalid", "unknown-host"),
            (url, "untrusted-certificate"),
            (f"https://127.0.0.1:{port}", "tls"),
        ):
            with pytest.raises(Fault) as failed:
                asked(base)
            assert failed.value.cause == cause

        # The client library reads the authorities once, so another process has to ask.
        env = {**os.environ, "SSL_CERT_FILE": str(authority)}
        command = [sys.executable, "-c", TRUSTING, url]
        assert subprocess.run(command, env=env, capture_output=True, check=True).stdout == b"200\n"


TRUSTING = """
import asyncio, sys
from gateway.client import Client
from gateway.order import Order

async def run():
    async with Client() as client:
        hop = await client.ask(sys.argv[1], Order("GET", "/", [(b"host", b"a")], None, 2))
        print(hop.status)
        hop.close()

asyncio.run(run())
"""


def test_no_habit_of_a_clients_library_is_on(
    scripted: Scripted, echo: Echo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A request goes out as it was made and an answer comes back as it is.

    No redirect is followed, no cookie kept, no proxy or password read from the environment, no
    body decoded, no field added.

    Report: newcomer's walk (case H2).
    Rule: RFC 9110, 7.6 and 15.4; ASVS 5.0, 1.3.6.
    """
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login us password secret\n")
    netrc.chmod(0o600)
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.setenv(name, echo.url)
    monkeypatch.setenv("NETRC", str(netrc))
    seen, packed = len(echo.seen), gzip.compress(b"kelp")
    scripted.answer = (
        b"HTTP/1.1 302 Found\r\nLocation: %s/x\r\nSet-Cookie: a=1\r\nContent-Encoding: gzip\r\n"
        b"Content-Length: %d\r\n\r\n%b" % (echo.url.encode(), len(packed), packed)
    )

    for _ in range(2):
        status, fields, body = asked(scripted.url, (b"x-a", b"b"))
        assert (status, body) == (302, packed)
        assert fields[b"content-encoding"] == b"gzip"
        assert scripted.heads[-1] == b"GET /x HTTP/1.1\r\nhost: a\r\nx-a: b\r\n\r\n"

    assert len(echo.seen) == seen


def test_a_proxy_of_the_environment_keeps_no_stack_from_starting(
    echo: Echo, scripted: Scripted, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The runner asks its own processes directly, whatever `http_proxy` says.

    Report: newcomer's walk (case H2: automatic habits of HTTP clients).
    Rule: ASVS 5.0, 1.3.6.
    """
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", scripted.url)
    asked_of_proxy = len(scripted.heads)

    assert answers(f"{echo.url}/app/x")
    assert len(scripted.heads) == asked_of_proxy


def test_a_route_without_an_upstream_stops_the_start_with_one_line(
    stack: Stack, tmp_path: Path
) -> None:
    """`upstream = []` is a fault of the file, not a 500 for each request along the route.

    Report: newcomer's walk (LOW, Gateway: `upstream = []`).
    Rule: docs/configuration.md, Routes; ASVS 5.0, 13.1.
    """
    routes = tmp_path / "gateway.toml"
    routes.write_text('[[routes]]\nprefix = "/x"\nupstream = []\n')
    env = {**stack.env, "HOLDFAST_ROUTES": str(routes)}
    command = [sys.executable, "-m", "gunicorn", "-c", "python:gateway.gunicorn_conf"]
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=30, check=False)

    assert done.returncode == 2
    assert done.stderr.splitlines() == [f"{routes}: upstream has no URL - at `$.routes[0]`"]
