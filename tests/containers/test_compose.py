"""What a user sees of `docker compose up`: it ends healthy, and the README's walk works."""

import json
import secrets
from collections.abc import Iterator

import pytest
from containers.conftest import under_load
from support.account import hold
from support.compose import Compose, run, until
from support.people import Person

LONG_RUNNING = ("haproxy", "gateway", "auth", "shop", "redis", "postgres")


@pytest.fixture
def person(stack: Compose) -> Iterator[Person]:
    """Give somebody with an account."""
    made = Person(stack.url).register()
    yield made
    made.close()


def test_CON_15_a_clean_clone_comes_up_healthy_with_no_manual_step(stack: Compose) -> None:
    states = [json.loads(line) for line in stack("ps", "--format", "json").splitlines()]

    assert {one["Service"] for one in states} == set(LONG_RUNNING)
    assert {one["Health"] for one in states} == {"healthy"}
    print(f"up after {stack.up_seconds:.1f} s")  # noqa: T201 - for pytest
    assert stack.up_seconds <= 60


def test_the_walk_of_the_readme(person: Person) -> None:
    assert person.log_in().json()["user"]["username"] == person.name
    done = person.patch({"op": "append", "name": "cart", "value": "kelp"}).json()
    assert done == {"version": 1, "values": {"cart": ["kelp"]}}

    seen = [person.get("/session") for _ in range(8)]
    assert {answer.json()["data"]["cart"][0] for answer in seen} == {"kelp"}
    assert len({answer.headers["x-served-by"] for answer in seen}) == 2

    other = person.another()
    other.log_in()
    assert person.call("DELETE", "/sessions").json() == {"ended": 1}
    assert {other.get("/session").json()["reason"] for _ in range(4)} == {"revoked"}
    assert person.post("/logout").status_code == 204


def test_the_shop_shares_the_session(person: Person) -> None:
    added = person.call("POST", "/shop/cart", data={"sku": "rock"})
    assert added.status_code == 303
    assert person.log_in().json()["data"] == {"cart": ["rock"]}
    assert "A rock to hold on to</li>" in person.get("/shop/").text


def test_the_pages_are_served(person: Person) -> None:
    page = person.get("/login", headers={"accept": "text/html"})

    assert page.status_code == 200
    assert "<form" in page.text


def test_PRX_06_a_client_cannot_say_where_it_comes_from(person: Person) -> None:
    person.log_in()
    forged = {"x-forwarded-for": "203.0.113.9", "forwarded": "for=203.0.113.9"}
    person.another().log_in()
    person.post("/logout")
    person.call("POST", "/login", json={"username": person.name, "password": "x"}, headers=forged)
    answer = person._http.post(
        f"{person.urls[0]}/login",
        json={"username": person.name, "password": "correct horse battery staple"},
        headers=forged,
    )
    assert answer.status_code == 200
    assert "203.0.113.9" not in person.get("/sessions").text


def test_metrics_and_admin_calls_are_not_public(person: Person) -> None:
    assert person.get("/metrics").status_code == 404
    assert person.get("/admin/users/x").status_code == 404


def test_an_administrator_has_a_command_line(stack: Compose, person: Person) -> None:
    person.log_in()
    shown = stack.execute("auth", "holdfast-admin", "users", "disable", person.name)

    assert shown.splitlines()[-1] == "disabled; ended 1"
    assert person.get("/session").json()["reason"] == "account-disabled"


def test_CON_16_scaling_up_fails_no_request(stack: Compose, person: Person) -> None:
    with under_load(stack, "gateways 2 to 4, auths 2 to 3") as load:
        stack.up("--no-recreate", "--scale", "gateway=4", "--scale", "auth=3")
        until(lambda: len({person.get("/session").headers["x-served-by"] for _ in range(32)}) == 4)
    row = hold(load.result)
    assert (row.server_errors, row.no_answer, row.writes_lost) == (0, 0, 0)


def test_CON_16_scaling_down_logs_nobody_out(stack: Compose) -> None:
    with under_load(stack, "gateways 4 to 2, auths 3 to 2") as load:
        stack.up("--no-recreate")
    row = hold(load.result)
    assert row.writes_lost == 0
    # A write that was under way when its instance closed the connection is not sent twice.
    assert row.server_errors + row.no_answer <= row.requests / 100


def test_secrets_are_made_once_and_differ(stack: Compose) -> None:
    names = ("pepper", "service_token", "admin_token", "redis_gateway", "redis_auth")
    show = ("run", "--rm", "secrets", "show", *names, "postgres_accounts")
    before = stack(*show).split()
    stack("run", "--rm", "secrets")

    assert stack(*show).split() == before
    assert len(set(before)) == len(names) + 1
    assert min(map(len, before)) >= 43


def test_a_bad_setting_stops_the_start_with_one_line(stack: Compose) -> None:
    image = stack.image("gateway")
    env = ["-e", "HOLDFAST_PEPPER=changeme-changeme", "-e", "HOLDFAST_REDIS_URL=redis://redis"]
    env += ["-e", f"HOLDFAST_SERVICE_TOKEN={secrets.token_hex(16)}"]
    env += ["-e", "HOLDFAST_AUTH_URLS=http://auth:8000"]
    refused = run("docker", "run", "--rm", *env, image, check=False)

    assert refused.returncode == 2
    assert refused.stderr.splitlines()[-1].startswith("HOLDFAST_PEPPER is a placeholder")
