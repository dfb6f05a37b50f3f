"""Client addresses have one form at every limit, whatever a proxy, a socket or a person sends."""

import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest
from edge.conftest import TRUSTED
from support.people import PASSWORD, Person
from support.raw import Reply, ask

from devstack.ports import free_ports
from devstack.process import Process, answers
from devstack.stack import Stack

WRONG = "wrong"


@contextmanager
def serving(stack: Stack, kind: str, folder: Path, **settings: str) -> Iterator[tuple[int, Path]]:
    """Run one more gateway or auth of a stack; give its port and its log."""
    port, internal = free_ports(2)
    env = {
        **os.environ,
        **stack.env,
        "HOLDFAST_INSTANCE": f"{kind}-of-a-case",
        "HOLDFAST_BIND": f"127.0.0.1:{port}",
        "HOLDFAST_INTERNAL_BIND": f"127.0.0.1:{internal}",
        **{name: value.format(port=port) for name, value in settings.items()},
    }
    command = [sys.executable, "-m", "gunicorn", "-c", f"python:{kind}.gunicorn_conf"]
    log = folder / f"{kind}.log"
    process = Process(kind, command, env, log, lambda: answers(f"http://127.0.0.1:{port}/healthz"))
    try:
        process.wait_ready()
        yield port, log
    finally:
        process.kill()


class Guesser:
    """Signs in at one auth that allows one failure for a name from one address."""

    def __init__(self, stack: Stack, port: int) -> None:
        self._url = f"http://127.0.0.1:{port}/login"
        self._token = (stack.folder / "holdfast_service_token").read_text()

    def status(self, name: str, address: str, password: str = WRONG) -> int:
        """Try a password as the gateway hands it on; return the status."""
        fields = {"x-holdfast-service-token": self._token, "x-forwarded-for": address}
        body = {"username": name, "password": password}
        with httpx.Client(trust_env=False, timeout=15) as client:
            return client.post(self._url, json=body, headers=fields).status_code


@pytest.fixture(scope="module")
def strict_auth(
    stack: Stack, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[int, Path]]:
    folder = tmp_path_factory.mktemp("strict")
    with serving(stack, "auth", folder, HOLDFAST_LOGIN_ATTEMPTS="1") as running:
        yield running


@pytest.fixture
def guesser(stack: Stack, strict_auth: tuple[int, Path]) -> Guesser:
    return Guesser(stack, strict_auth[0])


def post(port: int, path: str, body: object, *lines: str) -> Reply:
    """Send JSON as a trusted proxy would."""
    text = json.dumps(body).encode()
    fields = [*lines, "Content-Type: application/json", f"Content-Length: {len(text)}"]
    head = "\r\n".join([f"POST {path} HTTP/1.1", "Host: a", *fields, "", ""])
    return ask(port, head.encode() + text, TRUSTED)


def forwarded(reply: Reply) -> dict[str, str]:
    """Return the fields that the service behind got."""
    return dict(json.loads(reply.body)["headers"])


def test_a_port_or_brackets_do_not_make_all_clients_one(stack: Stack) -> None:
    """Ten failures of one client behind a proxy that adds ports lock out that client alone.

    Report: authentik#25679 (case F9).
    Rule: RFC 7239, 6; ASVS 5.0, 6.3.1.
    """
    owner = Person(*stack.urls).register()
    wrong, right = [{"username": owner.name, "password": word} for word in ("wrong", PASSWORD)]
    forms = ["203.0.113.50:{n}", "[2001:db8:50::1]:{n}", "::ffff:203.0.113.51"]
    for form in forms:
        lines = ["X-Forwarded-For: " + form.format(n=4000 + n) for n in range(11)]
        statuses = [post(stack.port, "/login", wrong, line).status for line in lines]
        assert statuses == [403] * 10 + [429], form
    other = "X-Forwarded-For: 203.0.113.52:4711"

    assert post(stack.port, "/login", right, other).status == 200
    assert post(stack.port, "/login", right).status == 200  # the proxy itself
    owner.close()


def test_a_socket_of_both_families_trusts_ipv4_proxies(stack: Stack, tmp_path: Path) -> None:
    """A gateway on [::] believes a proxy that is listed by its IPv4 address, and no other peer.

    Report: lavinmq#2070 (case F10).
    Rule: RFC 4291, 2.5.5.2; ASVS 5.0, 4.1.3.
    """
    lines = b"X-Forwarded-For: 203.0.113.60\r\nX-Forwarded-Proto: https\r\n"
    request = b"GET /public HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n"
    with serving(stack, "gateway", tmp_path, HOLDFAST_BIND="[::]:{port}") as (port, log):
        believed = forwarded(ask(port, request, TRUSTED))
        stranger = forwarded(ask(port, request, "127.0.0.3"))

        assert believed["x-forwarded-for"] == "203.0.113.60"
        assert believed["x-forwarded-proto"] == "https"
        assert stranger["x-forwarded-for"] == "127.0.0.3"
        assert stranger["x-forwarded-proto"] == "http"
    assert "::ffff:" not in log.read_text()


def test_forwarded_is_read_where_the_proxy_sets_it_and_nothing_else_is(
    stack: Stack, tmp_path: Path
) -> None:
    """Of the two fields only the one that the proxies in front set decides who the client is.

    Report: this project's review (case F9).
    Rule: RFC 7239, 4 and 8.1; ASVS 5.0, 4.1.3.
    """
    lines = (
        b"X-Forwarded-For: 203.0.113.70\r\nX-Forwarded-Proto: http\r\n"
        b'Forwarded: for="6.6.6.6, For="[2001:db8:70::1]:47011";proto=https\r\n'
    )
    request = b"GET /public HTTP/1.1\r\nHost: a\r\n" + lines + b"\r\n"
    with serving(stack, "gateway", tmp_path, HOLDFAST_FORWARDED_FIELD="forwarded") as (port, _):
        by_forwarded = forwarded(ask(port, request, TRUSTED))
    by_default = forwarded(ask(stack.port, request, TRUSTED))

    assert by_forwarded["x-forwarded-for"] == "2001:db8:70::1"
    assert by_forwarded["x-forwarded-proto"] == "https"
    assert by_default["x-forwarded-for"] == "203.0.113.70"
    assert by_default["x-forwarded-proto"] == "http"


def test_a_name_that_no_account_can_have_is_throttled_and_logged(
    guesser: Guesser, strict_auth: tuple[int, Path]
) -> None:
    """Failures count for the address whether or not the name could exist, and each is logged.

    Report: this project's review (case F8).
    Rule: ASVS 5.0, 6.3.1 and 16.3.1.
    """
    names = ["", "x" * 65, "a\u0000b", "\u0007"]
    before = strict_auth[1].read_text().count('"authn_login_fail"')
    statuses = [guesser.status(names[n % len(names)], "203.0.113.80") for n in range(11)]
    text = strict_auth[1].read_text()

    assert statuses == [403] * 10 + [429]
    assert text.count('"authn_login_fail"') - before == 10
    assert '"authn_login_fail_max"' in text
    assert guesser.status("", "203.0.113.81") == 403


def test_a_customer_with_many_ipv6_addresses_is_one_client(guesser: Guesser) -> None:
    """All addresses of a /64 share the limit that one IPv4 address has, and no others do.

    Report: this project's review (case F9).
    Rule: RFC 6177; ASVS 5.0, 6.3.1.
    """
    first, same, next_network = "2001:db8:90::1", "2001:db8:90:0:ffff::1", "2001:db8:90:1::1"

    assert guesser.status("unknown-90", first) == 403
    assert guesser.status("unknown-90", same) == 429
    assert guesser.status("unknown-90", next_network) == 403


def test_many_addresses_together_cannot_guess_without_end(stack: Stack, guesser: Guesser) -> None:
    """Failures for a name from everywhere are limited too, by far more than one address may make.

    Report: this project's review (case F9).
    Rule: ASVS 5.0, 6.3.1; NIST SP 800-63B, 3.2.2.
    """
    owner = Person(*stack.urls).register()
    addresses = [f"198.51.100.{n}" for n in range(11)]
    for address in addresses[:9]:
        assert guesser.status(owner.name, address) == 403
    for _ in range(3):  # what was right does not count
        assert guesser.status(owner.name, "198.51.100.200", PASSWORD) == 200
    # One that is refused by its own limit uses nothing of the account's up.
    assert [guesser.status(owner.name, addresses[0]) for _ in range(3)] == [429] * 3
    assert guesser.status(owner.name, addresses[9]) == 403

    assert guesser.status(owner.name, addresses[10], PASSWORD) == 429
    assert guesser.status("unknown-100", addresses[10]) == 403
    owner.close()
