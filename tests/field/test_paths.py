"""Names in paths: an encoded segment, decoded once, names exactly one account, session or value."""

import json
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from support.people import Person
from support.raw import Reply, ask

from devstack.stack import Stack

# What no name can be: these segments act on nothing, wherever they come.
HOSTILE = [
    "", ".", "..", "%2e", "%2E%2E", ".%2e", "%2e.", "{a}%00", "{a}%0a", "{a}%0D%0A", "{a}%1b",
    "{a}%7f", "{a}%c2%85", "%c0%af", "{a}%ff", "{a}%c2", "%ed%a0%80", "%f5%80%80%80", "{a}%zz",
    "{a}%", "{a}%2", "/{a}", "{a}/", "{a}//", "./{a}", "../users/{a}", "{a}/..", "{a}/../{a}",
    "..%2f{a}", "{a}%2f", "{a}%2F..", "%2f{a}", "{a}%5c", "..;/{a}", "{a};", "{a}%3b", "{a}%252f",
    "{a}%20%00", "{a}?", "{a}#",
]  # fmt: skip


@dataclass
class Office:
    """An operator of the stack, and people whose names look like paths to one another's."""

    stack: Stack
    people: dict[str, Person]

    @property
    def alice(self) -> str:
        return next(iter(self.people))

    def ask(self, method: str, target: str, body: bytes = b"") -> Reply:
        token = (self.stack.folder / "holdfast_admin_token").read_text()
        head = f"{method} {target} HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer {token}\r\n"
        head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
        return ask(self.stack.internal["auth-1"], head.encode("latin-1") + body)

    def signed_in(self) -> set[str]:
        """Return the names of those who still are."""
        return {name for name, one in self.people.items() if one.get("/session").status_code == 200}

    def state(self, name: str) -> dict[str, object]:
        answer = self.ask("GET", f"/admin/users/{quote(name, safe='')}")
        found: dict[str, object] = json.loads(answer.body)
        return found


@pytest.fixture
def office(stack: Stack) -> Iterator[Office]:
    first = Person(*stack.urls)
    people = {first.name: first}
    for ending in ("/sessions", "%2Fsessions", ";x", "?x", "+é"):
        people[first.name + ending] = first.stranger()
    for name, one in people.items():
        one.name = name
        assert one.register().log_in().status_code == 200
    yield Office(stack, people)
    first.close()


def test_an_admin_path_names_exactly_one_account(office: Office) -> None:
    """Each spelling of a name leads to the account of that name, and to no other.

    Report: redpanda#14034 (case F5).
    Rule: RFC 3986, 2.2, 2.4; ASVS 5.0, 1.1.1.
    """
    for name in office.people:
        everything = "".join(f"%{byte:02x}" for byte in name.encode())
        for segment in (quote(name, safe=""), quote(name, safe=";+"), everything):
            answer = office.ask("GET", f"/admin/users/{segment}")
            assert json.loads(answer.body)["username"] == name, segment
    for segment in HOSTILE:
        answer = office.ask("GET", f"/admin/users/{segment.format(a=office.alice)}")
        found = json.loads(answer.body)
        at_query = segment.endswith(("?", "#"))
        assert answer.status in ((200,) if at_query else (400, 404)), segment
        assert found.get("username") == (office.alice if at_query else None), segment


@pytest.mark.parametrize(
    ("method", "verb"), [("DELETE", "sessions"), ("POST", "disable"), ("PUT", "roles")]
)
def test_an_admin_call_acts_on_the_account_it_names(office: Office, method: str, verb: str) -> None:
    """A call about a name with a slash acts on that account, never on the one before the slash.

    Report: redpanda#14034 (case F5).
    Rule: RFC 3986, 2.2, 2.4; ASVS 5.0, 1.1.1.
    """
    body = b'{"roles":["boss"]}' if verb == "roles" else b""
    everybody = set(office.people)
    for segment in HOSTILE:
        target = f"/admin/users/{segment.format(a=office.alice)}/{verb}"
        assert office.ask(method, target, body).status in (400, 404, 405), segment
    for name in (f"{office.alice}%2F{verb}", f"{office.alice}%2f{verb}", f"{office.alice}/{verb}/"):
        assert office.ask(method, f"/admin/users/{name}", body).status in (404, 405)
        absolute = f"http://a/admin/users/{name}"
        assert office.ask(method, absolute, body).status in (400, 404, 405)
    assert office.signed_in() == everybody
    for name in list(office.people):
        before = {other: office.state(other) for other in everybody - {name}}
        answer = office.ask(method, f"/admin/users/{quote(name, safe='')}/{verb}", body)
        assert (answer.status, json.loads(answer.body)) == (200, {"ended": 1})
        assert office.signed_in() == everybody - {name}
        assert {other: office.state(other) for other in everybody - {name}} == before
        assert office.people[name].log_in().status_code == (403 if verb == "disable" else 200)
        everybody -= {name} if verb == "disable" else set()


def test_the_command_line_acts_on_the_account_it_names(office: Office) -> None:
    """A name on the command line is not a path, so nothing in it is decoded.

    Report: redpanda#14034 (case F5).
    Rule: ASVS 5.0, 1.1.1.
    """
    command = Path(sys.executable).parent / "holdfast-admin"
    name, before = f"{office.alice}/sessions", office.signed_in()
    done = subprocess.run(
        [command, "sessions", "end", name],
        env=office.stack.env,
        capture_output=True,
        text=True,
        check=True,
        timeout=30,
    )
    assert "1" in done.stdout
    assert before - office.signed_in() == {name}


def raw(person: Person, port: int, method: str, target: str, body: bytes = b"") -> Reply:
    head = f"{method} {target} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: holdfast={person.cookie}\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    return ask(port, head.encode("latin-1") + body)


def test_a_session_in_a_path_is_exactly_the_one_named(stack: Stack, person: Person) -> None:
    """No spelling around an own session's id ends it; the id, however encoded, ends only that one.

    Report: redpanda#14034 (case F5).
    Rule: RFC 3986, 2.2, 2.4; ASVS 5.0, 1.1.1.
    """
    others = [person.another() for _ in range(3)]
    ids = [one.log_in().json()["id"] for one in others]
    auth = int(stack.env["HOLDFAST_AUTH_URLS"].split(",")[0].rpartition(":")[2])
    at_the_end = ("?", "#")
    for segment in HOSTILE:
        if segment.endswith(at_the_end) or segment == "":
            continue  # which name the session itself, and all others
        for port in (stack.port, auth):
            answer = raw(person, port, "DELETE", f"/sessions/{segment.format(a=ids[0])}")
            assert answer.status in (400, 404, 405), segment
    assert [one.get("/session").status_code for one in others] == [200, 200, 200]
    encoded = "".join(f"%{ord(one):02X}" for one in ids[0])
    assert raw(person, stack.port, "DELETE", f"/sessions/{encoded}").status == 204
    assert raw(person, auth, "DELETE", f"/sessions/{ids[1]}").status == 204
    assert [one.get("/session").status_code for one in others] == [401, 401, 200]
    assert person.get("/session").status_code == 200


def test_a_data_name_in_a_path_is_decoded_once(stack: Stack, person: Person) -> None:
    """A PUT writes the value of exactly the decoded name, or nothing.

    Report: redpanda#14034 (case F5).
    Rule: RFC 3986, 2.2, 2.4; ASVS 5.0, 1.1.1.
    """
    rows: list[tuple[str, int, str | None]] = [
        ("a", 200, "a"), ("%61", 200, "a"), ("a.b", 200, "a.b"), ("a%2Eb", 200, "a.b"),
        ("%61%62", 200, "ab"), ("...", 200, "..."), ("a%2D-", 200, "a--"),
        ("%2e%2e%2e", 200, "..."),
        ("", 404, None), ("a/b", 404, None), ("a/", 404, None), ("/a", 400, None),
        (".", 400, None), ("..", 400, None), ("%2e", 400, None), ("%2E.", 400, None),
        ("..%3bx", 400, None), ("..;", 400, None), ("a%2Fb", 400, None), ("a%252Fb", 400, None),
        ("a%5cb", 400, None), ("a%00", 400, None), ("a%0a", 400, None), ("a%0D", 400, None),
        ("a%zz", 400, None), ("a%", 400, None), ("%ff", 400, None), ("%c0%af", 400, None),
        ("%ed%a0%80", 400, None), ("\xe9", 400, None), ("a;b", 422, None), ("a%3Bb", 422, None),
        ("a%09", 422, None), ("a%7f", 422, None), ("a%20b", 422, None), ("a%2561", 422, None),
        ("%C3%A9", 422, None), ("a" * 65, 422, None), ("a%3f", 422, None), ("a%23", 422, None),
    ]  # fmt: skip
    for port in (stack.port, stack.port + 1):
        for segment, status, name in rows:
            answer = raw(person, port, "PUT", f"/session/data/{segment}", b"1")
            assert answer.status == status, segment
            assert person.get("/session/data").json() == ({} if name is None else {name: 1})
            read = raw(person, port, "GET", f"/session/data/{segment}")
            assert read.status == (404 if status == 422 else status), segment
            gone = raw(person, port, "DELETE", f"/session/data/{segment}")
            assert gone.status == (204 if status == 200 else status), segment
            assert person.get("/session/data").json() == {}


def test_other_parameters_in_paths_lead_nowhere_else(stack: Stack, person: Person) -> None:
    """A problem's name and what is below /auth/verify/ reach no other endpoint.

    Report: redpanda#14034 (case F5).
    Rule: RFC 3986, 2.2, 2.4; ASVS 5.0, 1.1.1.
    """
    rows = [
        ("internal", 200), ("%69nternal", 200), ("no%2Droute", 200), ("internal;x", 404),
        ("internal%3Bx", 404), ("x", 404), ("", 404), ("..", 400), ("%2e%2e", 400),
        ("..%2finternal", 400), ("internal%2F..%2Finternal", 400), ("internal%252f", 400),
        ("internal%00", 400), ("internal%0a", 400), ("%ff", 400), ("%c0%ae", 400), ("%zz", 400),
    ]  # fmt: skip
    for segment, status in rows:
        assert raw(person, stack.port, "GET", f"/problems/{segment}").status == status, segment
        below = raw(person, stack.port, "GET", f"/auth/verify/{segment}")
        # Bytes that are not UTF-8 concern the service that the proxy asks about.
        judged = 400 if status == 400 and segment not in ("%ff", "%c0%ae") else 200
        assert below.status == judged, segment
        assert bool(below.all("x-auth-user")) is (judged == 200), segment
        refused = raw(person, stack.port, "GET", f"/auth/verify/../{segment}")
        assert refused.status == 400, segment
