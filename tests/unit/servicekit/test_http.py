"""Problems, request ids, logs, metrics and health as a client or an operator meets them."""

import json
import subprocess
import sys

import pytest
from prometheus_client import CollectorRegistry, generate_latest

from servicekit import health, request_id
from servicekit.metrics import RequestMetrics
from servicekit.negotiation import prefers_html
from servicekit.problem_types import TYPES
from servicekit.problems import Problem


@pytest.mark.parametrize("name", TYPES)
def test_ERR_01_ERR_03_AUT_09_every_problem_has_the_members_of_rfc_9457(name: str) -> None:
    problem = Problem(name, "more", reason="x")

    body = json.loads(problem.body("id-1"))
    assert body["type"] == f"/problems/{name}"
    assert body["status"] == problem.status
    assert (body["detail"], body["instance"]) == ("more", "/requests/id-1")
    assert body["reason"] == "x"
    assert ("www-authenticate" in problem.headers()) == (problem.status == 401)
    assert ("retry-after" in problem.headers()) == (problem.status == 503)


def test_a_page_escapes_what_it_tells() -> None:
    assert "<script>" not in Problem("no-route", "<script>").page("i")


@pytest.mark.parametrize(
    ("accept", "html"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", True),
        ("application/json", False),
        ("*/*", False),
        ("", False),
        ("text/html;q=0.5, application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=x", False),
    ],
)
def test_html_goes_to_those_who_prefer_it(accept: str, html: bool) -> None:
    assert prefers_html(accept) is html


@pytest.mark.parametrize(("given", "kept"), [("a.b-C_1", True), ("a b", False), ("a" * 129, False)])
def test_a_callers_request_id_is_kept_when_harmless(given: str, kept: bool) -> None:
    made = request_id.accept(given)

    assert (made == given) is kept
    assert request_id.current.get() == made


def test_a_log_line_is_one_json_object_without_secrets() -> None:
    program = (
        "import logging, structlog; from servicekit import logs\n"
        "logs.configure('auth', 'auth-1', 'json')\n"
        "structlog.get_logger().info('login', user='a\\n{\"event\":\"x\"}', password='hunter2')\n"
        "logging.getLogger('lib').warning('plain %s', 1)\n"
    )
    out = subprocess.run([sys.executable, "-c", program], capture_output=True, check=True).stdout

    first, second = (json.loads(line) for line in out.splitlines())
    assert (first["event"], first["service"], first["instance"]) == ("login", "auth", "auth-1")
    assert first["password"] == "***"
    assert {"time", "level", "request_id"} <= first.keys()
    assert second["event"] == "plain 1"
    assert second["service"] == "auth"


def test_requests_are_counted_by_route() -> None:
    registry = CollectorRegistry()
    metrics = RequestMetrics(registry)
    metrics.observe("GET", "/session", 200, 0.01)

    text = generate_latest(registry).decode()
    assert 'http_requests_total{method="GET",route="/session",status="200"} 1.0' in text


def test_readiness_names_what_fails_and_not_why() -> None:
    def broken() -> None:
        raise OSError("10.0.0.7 refused")

    status, body = health.ready({"store": broken, "self": lambda: None})
    checks = json.loads(body)["checks"]
    assert (status, checks["store"]["ok"], checks["self"]["ok"]) == (503, False, True)
    assert b"10.0.0.7" not in body
    assert health.ready({})[0] == 200
