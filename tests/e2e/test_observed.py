"""What operators see of a stack: traces, log lines, counters, the meaning of problems."""

import json
import re

import pytest
from e2e.conftest import started
from support.people import Person
from support.until import until

from devstack.stack import Stack
from servicekit.problem_types import TYPES

TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"
PARENT = f"00-{TRACE}-00f067aa0ba902b7-01"


def lines(stack: Stack, name: str) -> list[dict[str, object]]:
    text = (stack.folder / f"{name}.log").read_text()
    return [json.loads(line) for line in text.splitlines() if line.startswith("{")]


def test_OBS_01_a_trace_goes_through_to_upstream_and_auth_under_new_parents(
    stack: Stack, person: Person
) -> None:
    fields = {"traceparent": PARENT, "tracestate": "a=1,b=2"}
    person.post("/login", {"username": person.name, "password": "wrong"}, headers=fields)
    told = dict(map(tuple, person.get("/public", headers=fields).json()["headers"]))

    assert re.fullmatch(rf"00-{TRACE}-[0-9a-f]{{16}}-01", told["traceparent"])
    assert told["traceparent"] != PARENT
    assert told["tracestate"] == "a=1,b=2"
    for kind in ("auth", "gateway"):
        names = [f"{kind}-{n}" for n in (1, 2)]
        until(lambda: any(TRACE in str(lines(stack, name)) for name in names), 5)  # noqa: B023 - used at once


def test_OBS_01_a_trace_goes_through_to_the_shop_and_its_log(fuzzed: Stack) -> None:
    buyer = Person(*fuzzed.urls)
    answer = buyer.get("/shop/", headers={"traceparent": PARENT})
    buyer.close()

    def told() -> list[dict[str, object]]:
        return [one for one in lines(fuzzed, "shop") if one["trace_id"] == TRACE]

    until(told, 5)
    assert told()[0]["route"] == "/shop/"
    assert told()[0]["request_id"] == answer.headers["x-request-id"]


def test_OBS_03_a_forged_trace_is_dropped_with_its_state(visitor: Person) -> None:
    fields = {"traceparent": PARENT.upper(), "tracestate": "a=1"}
    told = dict(map(tuple, visitor.get("/public", headers=fields).json()["headers"]))

    assert TRACE not in told["traceparent"]
    assert "tracestate" not in told


def test_why_a_session_was_refused_is_logged_and_counted(stack: Stack, person: Person) -> None:
    person.log_in()
    cookie = person.cookie or ""
    person.post("/logout")
    person.cookie = cookie
    refused = person.get("/session")

    def told() -> list[dict[str, object]]:
        return [
            one
            for one in lines(stack, "gateway-1")
            if one["event"] == "request" and str(one["request_id"]) in refused.text
        ]

    until(told, 5)  # the line is written after the answer went out
    assert told()[0]["problem"] == "session-ended"
    assert told()[0]["reason"] == "logged-out"
    counters = Person(f"http://127.0.0.1:{stack.internal['gateway-1']}")
    assert 'holdfast_sessions_refused_total{reason="logged-out"}' in counters.get("/metrics").text
    counters.close()


@pytest.mark.parametrize("name", TYPES)
def test_ERR_02_every_problem_type_is_explained_at_its_address(visitor: Person, name: str) -> None:
    told = visitor.get(f"/problems/{name}").json()
    page = visitor.get(f"/problems/{name}", headers={"accept": "text/html"})

    assert told["status"] == TYPES[name].status
    assert told["meaning"] == TYPES[name].meaning
    assert page.headers["content-type"].startswith("text/html")
    assert f"/problems/{name}" in page.text


def test_OBS_09_counters_add_up_over_all_workers(tmp_path_factory: pytest.TempPathFactory) -> None:
    folder = tmp_path_factory.mktemp("workers")
    with started(folder, WEB_CONCURRENCY="2") as stack:
        for _ in range(200):
            # A connection of its own each time: both workers get some.
            visitor = Person(*stack.urls)
            assert visitor.get("/session").status_code == 401
            visitor.close()
        counters = Person(f"http://127.0.0.1:{stack.internal['gateway-1']}")

        def counted() -> list[str]:
            text = counters.get("/metrics").text
            return re.findall(r'http_requests_total{.*route="/session".*status="401"} (\S+)', text)

        # The worker that is not asked has told the other within a second.
        until(lambda: counted() == ["200.0"], 5)
        counters.close()
