"""What a stack lives through: restarts, an auth that dies, a Redis that goes and comes back."""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any

import pytest
from e2e.conftest import started
from support.people import Person
from support.until import until

from devstack.process import answers
from devstack.stack import Stack

StartStack = Callable[..., AbstractContextManager[Stack]]


@pytest.fixture
def fresh(tmp_path: Path) -> StartStack:
    """Start a stack of this test's own, which it may break; again in the same folder."""
    return lambda **settings: started(tmp_path / "run", **settings)


@contextmanager
def somebody(stack: Stack) -> Iterator[Person]:
    person = Person(*stack.urls)
    try:
        yield person
    finally:
        person.close()


def test_a_session_and_its_data_survive_a_restart_of_everything(fresh: StartStack) -> None:
    with fresh() as stack, somebody(stack) as person:
        person.register().log_in()
        person.patch({"op": "append", "name": "cart", "value": "kelp"})
        cookie, name = person.cookie or "", person.name
        stack.stop()
    with fresh() as stack, somebody(stack) as person:
        person.cookie, person.name = cookie, name
        view = person.get("/session", at=1).json()
        assert view["user"]["username"] == name
        assert view["data"] == {"cart": ["kelp"]}


def test_idle_and_absolute_timeouts_are_the_servers_and_told(fresh: StartStack) -> None:
    settings = {"HOLDFAST_IDLE_SECONDS": "2", "HOLDFAST_ABSOLUTE_SECONDS": "4"}
    with fresh(**settings) as stack, somebody(stack) as person:
        person.register().log_in()
        until(lambda: person.get("/session?x", headers={"x-session-passive": "1"}).is_error, 4)
        assert person.get("/session", at=1).json()["reason"] == "idle-timeout"

        person.log_in()
        until(lambda: person.get("/session").is_error, 8)
        assert person.get("/session", at=1).json()["reason"] == "absolute-timeout"


def test_another_auth_answers_when_one_is_gone_and_sessions_need_neither(
    breakable: Stack,
) -> None:
    stack = breakable
    with somebody(stack) as person:
        person.register()
        stack.processes["auth-1"].kill()
        until(lambda: not answers(stack.env["HOLDFAST_AUTH_URLS"].split(",")[0] + "/healthz"), 5)
        assert [person.log_in(at=n).status_code for n in range(4)] == [200] * 4
        stack.processes["auth-2"].kill()
        assert person.get("/session").status_code == 200
        refused = person.another().log_in()
        assert refused.json()["type"] == "/problems/auth-unavailable"


def test_a_gateway_that_dies_takes_no_session_along(breakable: Stack) -> None:
    stack = breakable
    with somebody(stack) as person:
        person.register().log_in()
        person.patch({"op": "increment", "name": "n", "by": 1})
        stack.processes["gateway-1"].kill()
        assert person.get("/session/data", at=1).json() == {"n": 1}
        stack.restart("gateway-1")
        assert person.get("/session/data").json() == {"n": 1}


def test_an_outage_of_redis_is_no_logout(breakable: Stack) -> None:
    stack = breakable
    with somebody(stack) as person, somebody(stack) as visitor:
        person.register().log_in()
        cookie = person.cookie
        stack.processes["redis"].kill()
        start = time.monotonic()
        refused = person.get("/session")
        assert time.monotonic() - start < 1
        assert refused.status_code == 503
        assert refused.json()["type"] == "/problems/session-store-unavailable"
        assert int(refused.headers["retry-after"]) >= 1
        assert "set-cookie" not in refused.headers
        assert person.post("/logout").status_code == 503
        assert person.another().log_in().status_code == 503
        assert visitor.get("/session").status_code == 401
        assert visitor.get("/healthz").status_code == 200
        assert visitor.get("/readyz").status_code == 503

        stack.restart("redis")
        assert until(lambda: person.get("/session", at=1).status_code == 200, 5) < 2
        assert person.cookie == cookie


def test_an_administrator_ends_sessions_and_closes_accounts(breakable: Stack) -> None:
    stack = breakable
    with somebody(stack) as person:
        person.register().log_in()
        token = (stack.folder / "holdfast_admin_token").read_text()
        admin = f"http://127.0.0.1:{stack.internal['auth-1']}/admin"

        def call(method: str, path: str, **options: Any) -> dict[str, object]:
            headers = {"authorization": f"Bearer {token}"}
            answer = operator.call(method, path, headers=headers, **options)
            assert answer.status_code == 200, answer.text
            return dict(answer.json())

        operator = Person(admin)
        user = f"/users/{person.name}"
        assert operator.get(user).status_code == 403
        assert call("GET", user)["sessions"] == 1
        assert call("DELETE", f"{user}/sessions") == {"ended": 1}
        assert person.get("/session").json()["reason"] == "revoked-by-admin"

        person.log_in()
        assert call("PUT", f"{user}/roles", json={"roles": ["boss"]}) == {"ended": 1}
        assert person.get("/session").json()["reason"] == "roles-changed"
        assert person.log_in().json()["user"]["roles"] == ["boss"]
        assert call("POST", f"{user}/disable") == {"ended": 1}
        assert person.get("/session", at=1).json()["reason"] == "account-disabled"
        assert person.log_in().status_code == 403
        call("POST", f"{user}/enable")
        assert person.log_in().status_code == 200
        assert call("DELETE", "/sessions") == {"everybody": True}
        assert person.get("/session").json()["reason"] == "revoked-by-admin"
        operator.close()
