"""What people notice when a container dies, is restarted, or everything is stopped."""

import json
import socket
import time
from functools import partial

import pytest
from containers.conftest import REPORTS
from support.bystanders import Bystanders, Report
from support.compose import Compose, run, until
from support.people import Person

APPS = ("gateway", "auth", "shop")


def noted(report: Report) -> Report:
    """Keep a report for the table; nothing may be lost or doubled, and nobody logged out."""
    REPORTS.append(report)
    print(report)  # noqa: T201 - for pytest
    assert report.unexpected_401 == 0
    assert report.cookies_touched == 0
    assert report.doubled_writes == 0
    assert report.requests > 100
    return report


def survives_a_crash(stack: Compose, service: str) -> Report:
    """Kill one container's server under load; Docker starts it again."""
    victim = stack.ids(service)[0]
    with Bystanders(stack.url) as traffic:
        traffic.settle()
        traffic.fault()
        stack.crash(victim)
        until(lambda: stack.healthy(victim))
        traffic.settle()
    return noted(traffic.report(f"kill -9 of one {service}"))


def test_OUT_14_a_gateway_that_is_killed_takes_no_session_along(stack: Compose) -> None:
    report = survives_a_crash(stack, "gateway")

    assert report.lost_writes == 0
    assert report.longest_refusal < 15


def test_OUT_14_an_auth_that_is_killed_takes_no_session_along(stack: Compose) -> None:
    report = survives_a_crash(stack, "auth")

    assert report.lost_writes == 0
    assert report.longest_refusal < 15


def test_OUT_10_redis_that_is_killed_comes_back_with_every_session(stack: Compose) -> None:
    (redis,) = stack.ids("redis")
    with Bystanders(stack.url) as traffic:
        traffic.settle()
        traffic.fault()
        stack.crash(redis)
        until(lambda: stack.redis("ping") == "PONG")
        traffic.mended()
        traffic.settle()
        rate = sum(one.acknowledged for one in traffic.writers) / (time.monotonic() - traffic.began)
    report = noted(traffic.report("kill -9 of Redis (appendfsync everysec)"))

    # At most the last second, which is what everysec promises.
    assert report.lost_writes <= 2 * rate
    assert report.recovered < 15


def test_OUT_15_a_rolling_restart_of_every_app_logs_nobody_out(stack: Compose) -> None:
    with Bystanders(stack.url) as traffic:
        traffic.settle()
        traffic.fault()
        for container in [one for service in APPS for one in stack.ids(service)]:
            run("docker", "restart", "--time", "30", container)
            until(partial(stack.healthy, container))
            traffic.settle(5)
        traffic.settle()
    report = noted(traffic.report("rolling restart of gateways, auths and shop"))

    assert report.lost_writes == 0
    # A write that was under way when its instance closed the connection is not sent twice.
    assert report.server_errors + report.no_answer <= report.requests / 100


def test_OUT_16_sessions_pass_the_gateway_while_every_auth_is_gone(stack: Compose) -> None:
    person = Person(stack.url).register()
    person.log_in()
    stack("stop", "auth")
    try:
        assert {person.get("/session").status_code for _ in range(20)} == {200}
        refused = person.another().log_in()
        assert refused.json()["type"] == "/problems/auth-unavailable"
        assert int(refused.headers["retry-after"]) >= 1
    finally:
        stack.up("--no-recreate")
    assert person.log_in().status_code == 200
    person.close()


def test_the_account_database_may_be_gone_while_sessions_go_on(stack: Compose) -> None:
    person = Person(stack.url).register()
    person.log_in()
    stack("stop", "postgres")
    try:
        assert {person.get("/session").status_code for _ in range(20)} == {200}
        refused = person.another().log_in()
        assert refused.json()["type"] == "/problems/accounts-unavailable"
    finally:
        stack.up("--no-recreate")
    until(lambda: person.log_in().status_code == 200)
    person.close()


def test_SES_25_passwords_and_pepper_change_without_logging_anybody_out(stack: Compose) -> None:
    def secrets(verb: str) -> None:
        for name in ("pepper", "redis_gateway", "redis_auth", "redis_shop", "service_token"):
            stack("run", "--rm", "secrets", verb, name)
        stack.redis("acl", "load")

    def restart() -> None:
        for container in [one for service in APPS for one in stack.ids(service)]:
            run("docker", "restart", "--time", "30", container)
            until(partial(stack.healthy, container))

    before = stack("run", "--rm", "secrets", "show", "pepper")
    with Bystanders(stack.url) as traffic:
        traffic.settle()
        traffic.fault()
        secrets("stage")
        restart()
        secrets("swap")
        restart()
        traffic.settle()
    assert stack("run", "--rm", "secrets", "show", "pepper") != before
    secrets("retire")
    report = noted(traffic.report("new pepper and passwords, rolled out twice"))
    assert report.lost_writes == 0
    assert report.server_errors + report.no_answer <= report.requests / 100


def slow_write(stack: Compose, cookie: str) -> tuple[socket.socket, bytes]:
    """Begin a write whose body is not complete; return the connection and the rest."""
    body = json.dumps({"ops": [{"op": "set", "name": "slow", "value": 1}]}).encode()
    head = (
        f"PATCH /session/data HTTP/1.1\r\nHost: 127.0.0.1:{stack.port}\r\n"
        f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n"
        f"Cookie: holdfast={cookie}\r\nConnection: close\r\n\r\n"
    )
    connection = socket.create_connection(("127.0.0.1", stack.port), timeout=30)
    connection.sendall(head.encode() + body[:5])
    return connection, body[5:]


def exit_codes(stack: Compose, *services: str) -> dict[str, int]:
    return {one["Name"]: one["State"]["ExitCode"] for one in stack.inspect(*services)}


@pytest.mark.parametrize("services", [("gateway",), ()], ids=["gateways", "everything"])
def test_CON_14_what_is_in_flight_is_finished_before_a_stop(
    stack: Compose, services: tuple[str, ...]
) -> None:
    person = Person(stack.url).register()
    person.log_in()
    connection, rest = slow_write(stack, person.cookie or "")
    time.sleep(0.5)
    stop = stack.begin("stop", *services)
    time.sleep(3)
    connection.sendall(rest)
    answer = b""
    while chunk := connection.recv(4096):
        answer += chunk
    connection.close()
    stop.communicate(timeout=60)

    assert answer.startswith(b"HTTP/1.1 200 "), answer
    assert set(exit_codes(stack, *services).values()) == {0}
    stack.up()
    assert person.get("/session/data").json() == {"slow": 1}
    person.close()
