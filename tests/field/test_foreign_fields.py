"""Fields and statuses that would act beyond the request they came with."""

from support.people import Person
from support.raw import ask
from support.scripted import Scripted

from devstack.stack import Stack

OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n"


def test_a_client_does_not_choose_the_proxy_of_a_cgi_program(person: Person) -> None:
    """`Proxy` would become the variable HTTP_PROXY, which HTTP clients read.

    Report: this project's review (an attack on the whole; CVE-2016-5385).
    Rule: RFC 3875, 4.1.18; RFC 9110, 16.3.2 (the field is not registered).
    """
    for name in ("Proxy", "proxy", "PROXY"):
        for path in ("/echo", "/public"):
            sent = {name: "http://evil.test", "Connection": "keep-alive"}
            names = [field for field, _ in person.get(path, headers=sent).json()["headers"]]
            assert "proxy" not in names


def test_a_service_does_not_take_back_the_hosts_promise_of_tls(
    stack: Stack, scripted: Scripted
) -> None:
    """Of two Strict-Transport-Security fields the first counts: one service spoke for the host.

    Report: this project's review (an attack on the whole).
    Rule: RFC 6797, 8.1; ASVS 5.0, 3.4.1.
    """
    scripted.answer = OK + b"Strict-Transport-Security: max-age=0\r\nX-Other: 1\r\n\r\nok"
    request = b"GET /raw/x HTTP/1.1\r\nHost: a\r\n\r\n"
    answer = ask(stack.port, request)
    assert (answer.status, answer.all("x-other")) == (200, ["1"])
    assert answer.all("strict-transport-security") == []


def test_a_status_that_has_not_three_digits_is_not_sent_on(
    stack: Stack, scripted: Scripted
) -> None:
    """`099` is a broken answer of the service, and the status line to the client is well-formed.

    Report: this project's review (an attack on the whole).
    Rule: RFC 9112, 4 (status-code = 3DIGIT); RFC 9110, 15.
    """
    request = b"GET /raw/x HTTP/1.1\r\nHost: a\r\n\r\n"
    for status in (b"099", b"000", b"001"):
        scripted.answer = OK.replace(b"200", status) + b"\r\nok"
        for port in (stack.port, stack.port + 1):
            assert ask(port, request).status == 502
    scripted.answer = OK.replace(b"200", b"299") + b"\r\nok"
    assert ask(stack.port, request).status == 299


def test_two_idempotency_keys_are_none(person: Person) -> None:
    """Of two keys neither is taken, since each could belong to another request.

    Report: this project's review (an attack on the whole).
    Rule: RFC 9110, 5.3 (a field that is not a list comes once).
    """
    fields = [("Idempotency-Key", "a"), ("Idempotency-Key", "b")]
    for _ in range(2):
        assert person.patch({"op": "increment", "name": "n"}, headers=fields).status_code == 422
    assert person.patch({"op": "increment", "name": "n"}, headers={"Idempotency-Key": "a"}).json()[
        "values"
    ] == {"n": 1}
