"""What the services log: whole lines, the security events, and no secret."""

import json
import re
import signal
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest
from e2e.conftest import started
from support.people import PASSWORD, Person
from support.until import until

from devstack.stack import Stack

DOCS = Path(__file__).parents[2] / "docs" / "observability.md"
SERVICES = ("gateway-1", "gateway-2", "auth-1", "auth-2")
NEW = "staple battery horse correct"
SETTINGS = {
    "HOLDFAST_MAX_SESSIONS_PER_USER": "2",
    "HOLDFAST_LOGIN_ATTEMPTS": "3",
    "HOLDFAST_ANONYMOUS_PER_CLIENT": "1",
    "HOLDFAST_IDLE_SECONDS": "2",
}
INCREMENT = {"op": "increment", "name": "n", "by": 1}
INJECTION = 'a"}\r\n{"event":"forged","level":"info'


@dataclass
class Logged:
    """All lines of a stack that lived through every security event, and the secrets it was told."""

    text: str = ""
    secrets: set[str] = field(default_factory=set)

    @property
    def lines(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]

    def events(self) -> set[str]:
        return {line["event"] for line in self.lines if line.get("security")}


def cookies_of(answer: httpx.Response) -> set[str]:
    return {value for value in dict(answer.cookies).values() if value}


def everything(stack: Stack, logged: Logged) -> None:
    def remember(answer: httpx.Response) -> None:
        logged.secrets |= cookies_of(answer)
        logged.secrets |= set(re.findall(r'name="csrf" value="([^"]+)"', answer.text))

    person = Person(*stack.urls, on_answer=remember).register()
    wrong = {"username": person.name, "password": "a wrong password"}
    for device in (person, person.another(), person.another()):
        device.log_in()
    person.log_in()
    person.post("/session/rotate")
    person.post("/password", {"current": PASSWORD, "new": NEW})
    person.get("/auth/verify?role=boss")
    person.post("/logout", headers={"sec-fetch-site": "cross-site"})
    cookie = person.cookie or ""
    person.post("/logout")
    person.cookie = cookie
    person.get("/session")
    late = person.stranger().register()
    late.log_in()
    passive = {"x-session-passive": "1"}
    until(lambda: late.get("/session", headers=passive).status_code == 401, 5)
    visitor = person.stranger()
    visitor.get("/login")
    visitor.call("POST", "/login", data={"csrf": "forged", **wrong})
    visitor.call("POST", "/login", data={"csrf": "0" * 64, **wrong})
    for _ in range(2):
        visitor.stranger().patch(INCREMENT)
    for n in range(4):
        visitor.post("/login", wrong, at=n)
    inject(visitor)
    close_accounts(stack, person.name, logged)
    person.close()


def inject(visitor: Person) -> None:
    visitor.post("/login", {"username": INJECTION, "password": INJECTION})
    visitor.post("/register", {"username": INJECTION, "password": PASSWORD})
    visitor.get("/session", headers={"x-request-id": 'a","event":"forged'})
    visitor.get("/nothing", params={"q": INJECTION})
    visitor.get("/nothing/%0a%7B%22event%22%3A%22forged%22%7D")
    visitor.get("/session", headers={"user-agent": INJECTION.replace("\r\n", " ")})
    visitor.get("/session", headers={"x-forwarded-for": '{"event":"forged"}'})


def close_accounts(stack: Stack, name: str, logged: Logged) -> None:
    token = (stack.folder / "holdfast_admin_token").read_text()
    logged.secrets |= {path.read_text() for path in stack.folder.glob("holdfast_*")}
    base = f"http://127.0.0.1:{stack.internal['auth-1']}/admin/users/{name}"
    with httpx.Client(trust_env=False) as operator:
        operator.post(f"{base}/disable", headers={"authorization": "Bearer wrong"})
        operator.post(f"{base}/disable", headers={"authorization": f"Bearer {token}"})


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> Logged:
    made = Logged(secrets={PASSWORD, NEW, "a wrong password"})
    with started(tmp_path_factory.mktemp("logged"), **SETTINGS) as stack:
        everything(stack, made)
        processes = [stack.processes[name] for name in SERVICES]
        for process in processes:
            process.signal(signal.SIGTERM)
        for process in processes:
            process.stop()
        for name in SERVICES:
            made.text += (stack.folder / f"{name}.log").read_text()
    return made


def test_LOG_01_every_line_is_an_object_with_its_fields(logged: Logged) -> None:
    everywhere = {"time", "level", "service", "instance", "event", "request_id"}
    of_a_request = {"trace_id", "method", "path", "status", "ip", "user", "session"}

    assert len(logged.lines) > 50
    for line in logged.lines:
        assert everywhere <= line.keys(), line
        assert re.fullmatch(r"\d{4}-\d\d-\d\dT[\d:]+\.\d+Z", line["time"])
        if line["event"] == "request":
            assert of_a_request <= line.keys(), line


def test_LOG_02_every_documented_security_event_is_told_and_no_other(logged: Logged) -> None:
    table = DOCS.read_text().partition("Security events carry")[2].partition("## ")[0]
    firsts = re.findall(r"^\| (`.*?) \|", table, re.MULTILINE)
    told = {name for first in firsts for name in re.findall(r"`(\w+)`", first)}

    assert logged.events() == told


def test_LOG_03_CSR_05_no_line_has_a_secret(logged: Logged) -> None:
    assert len(logged.secrets) > 10
    assert [secret for secret in logged.secrets if secret in logged.text] == []
    for word in ("authorization", "cookie:", "bearer", "$argon2"):
        assert word not in logged.text.lower()


def test_LOG_04_nobody_writes_a_line_of_his_own(logged: Logged) -> None:
    assert "forged" not in {line["event"] for line in logged.lines}


def test_LOG_05_who_failed_and_who_was_refused_is_told_with_address(logged: Logged) -> None:
    for event in ("authn_login_fail", "authn_login_fail_max", "authz_fail", "malicious_csrf"):
        found = [line for line in logged.lines if line["event"] == event]
        assert found, event
        assert {line["ip"] for line in found} == {"127.0.0.1"}


def test_LOG_07_security_events_are_set_apart_by_a_field(logged: Logged) -> None:
    apart = [line for line in logged.lines if line.get("security") is True]

    assert not {"request", "dependency_lost"} & {line["event"] for line in apart}
    assert "authn_login_success" in {line["event"] for line in apart}


def test_ERR_05_the_instance_of_a_problem_finds_its_line(stack: Stack, visitor: Person) -> None:
    told = visitor.get("/session").json()["instance"].rpartition("/")[2]

    until(lambda: told in (stack.folder / "gateway-1.log").read_text(), 5)


def test_COO_12_a_cookie_without_tls_is_warned_of(logged: Logged) -> None:
    warned = [line for line in logged.lines if line["event"] == "cookie_not_secure"]

    assert {line["instance"] for line in warned} == {"gateway-1", "gateway-2"}
    assert {line["level"] for line in warned} == {"warning"}
