"""A sign-out ends every session that the request names, or it is not a success."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import flask
import pytest
from support.people import Person
from support.raw import ask
from support.until import until

from auth.sign_out import sign_out
from devstack.stack import Stack
from holdfast import Ended, Keys, Lifetime, Token
from holdfast.errors import NotConfirmed
from holdfast.flask import Session, session
from holdfast.redis_store import RedisStore

FORM = "application/x-www-form-urlencoded"


@pytest.fixture
def store(stack: Stack) -> Iterator[RedisStore]:
    """Give the stack's own store, as the services have it."""
    pepper = Path(stack.env["HOLDFAST_PEPPER_FILE"]).read_text().encode()
    made = RedisStore(stack.env["HOLDFAST_REDIS_URL"], Keys("hf", pepper), timeout_s=5)
    yield made
    made.close()


def post(port: int, path: str, lines: list[str], *fields: str, body: str = "") -> int:
    head = [f"POST {path} HTTP/1.1", "Host: a", f"Content-Length: {len(body)}", *fields]
    head += [f"Cookie: {line}" for line in lines]
    return ask(port, ("\r\n".join(head) + "\r\n\r\n" + body).encode()).status


def port_of_auth(stack: Stack) -> int:
    return int(stack.env["HOLDFAST_AUTH_URLS"].split(",")[0].rpartition(":")[2])


def over(store: RedisStore, token: str) -> bool:
    return isinstance(store.load(Token(token), passive=True), Ended)


def csrf_of(page: str) -> str:
    found = re.search(r'name="csrf" value="([^"]+)"', page)
    assert found
    return found[1]


LINES = [
    ["a=1", "holdfast={one}"],
    ["holdfast={one}", "holdfast=x"],
    ["holdfast={one}; holdfast=x"],
    ["holdfast=x; holdfast={one}"],
    ["holdfast={one}; holdfast={two}"],
    ["holdfast={two}", "a=1", "holdfast={one}"],
    ["holdfast={one}; holdfast={two}; holdfast=" + "A" * 44],
]


@pytest.mark.parametrize("lines", LINES)
def test_SES_12_a_sign_out_ends_every_session_that_the_cookies_name(
    stack: Stack, person: Person, store: RedisStore, lines: list[str]
) -> None:
    """A 204 means that no session named in the request lives, through the gateways and without.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: RFC 6265, 5.4; RFC 9113, 8.2.3; ASVS 5.0, 7.4.1.
    """
    for port in (stack.port, stack.port + 1, port_of_auth(stack)):
        tokens = {}
        for name in ("one", "two"):
            other = person.another()
            other.log_in()
            tokens[name] = str(other.cookie)

        assert post(port, "/logout", [line.format(**tokens) for line in lines]) == 204

        named = [token for name, token in tokens.items() if f"{{{name}}}" in "".join(lines)]
        assert all(over(store, token) for token in named)


def test_CSR_04_a_form_signs_out_of_two_sessions_only_with_the_token_of_both(
    stack: Stack, person: Person, store: RedisStore
) -> None:
    """A cookie that a sibling host added proves nothing, and an odd one does not skip the check.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: ASVS 5.0, 3.5.1 and 7.4.1.
    """
    attacker = person.another()
    attacker.log_in()
    theirs, own = csrf_of(attacker.get("/account").text), csrf_of(person.get("/account").text)
    mine, tossed = str(person.cookie), str(attacker.cookie)

    for csrf in ("", theirs, "0" * 64):
        for lines in ([f"holdfast={mine}; holdfast={tossed}"], [f"holdfast={mine}; holdfast=x"]):
            status = post(
                stack.port, "/logout", lines, f"Content-Type: {FORM}", body=f"csrf={csrf}"
            )
            assert status != 303
            assert not over(store, mine)

    lines = [f"holdfast=x; holdfast={mine}"]
    assert post(stack.port, "/logout", lines, f"Content-Type: {FORM}", body=f"csrf={own}") == 303
    assert over(store, mine)
    assert not over(store, tossed)


def test_OUT_13_a_sign_out_that_is_not_confirmed_is_not_a_success(
    redis_url: str, keys: Keys
) -> None:
    """The answer is an error when a replica is away, and the other session is ended nevertheless.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: ASVS 5.0, 7.4.1 and 16.5.3.
    """
    waiting = RedisStore(redis_url, keys, timeout_s=1, wait_replicas=1)
    tokens = [Token.new(bucket) for bucket in (1, 2)]
    for token in tokens:
        waiting.create(token, Lifetime(60_000, 60_000))

    with pytest.raises(NotConfirmed):
        sign_out(waiting, tokens, "192.0.2.1")

    assert all(isinstance(waiting.load(token), Ended) for token in tokens)
    waiting.close()


def test_SES_04_a_sign_in_replaces_every_session_that_the_cookies_name(
    person: Person, store: RedisStore
) -> None:
    """A second value under the cookie's name keeps no older session alive.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: ASVS 5.0, 7.2.4.
    """
    other, old = person.another(), str(person.cookie)
    other.log_in()
    fresh = person.another()
    cookies = {"cookie": f"holdfast={old}; holdfast={other.cookie}; holdfast=x"}

    body = {"username": person.name, "password": "correct horse battery staple"}
    assert fresh.post("/login", body, headers=cookies).status_code == 200

    assert over(store, old)
    assert over(store, str(other.cookie))
    assert fresh.get("/session").status_code == 200


def lines_of(stack: Stack, request_id: str, *events: str) -> list[dict[str, Any]]:
    """Return the lines that a request wrote of these events, once there is one of each."""

    def found() -> list[dict[str, Any]]:
        every = [
            json.loads(line)
            for log in stack.folder.glob("*-[12].log")
            for line in log.read_text().splitlines()
            if request_id in line
        ]
        return [line for line in every if line["event"] in events]

    until(lambda: {line["event"] for line in found()} == set(events), 5)
    return found()


def test_the_line_of_a_sign_out_names_user_and_session(stack: Stack, person: Person) -> None:
    """The security event and auth's line carry the user and the session's public id.

    Report: newcomer's walk (case M13).
    Rule: ASVS 5.0, 16.2.1 and 16.3.1.
    """
    public_id = person.get("/session").json()["id"]
    request_id = person.post("/logout").headers["x-request-id"]

    lines = lines_of(stack, request_id, "request", "session_logout")
    of_auth = [line for line in lines if line["service"] == "auth"]
    assert len(of_auth) == 2
    assert {(line["user"], line["session"]) for line in of_auth} == {(person.name, public_id)}


def test_the_line_of_a_write_names_user_and_session(stack: Stack, person: Person) -> None:
    """Each call that changes a session has them in its line, also for a visitor without a name.

    Report: newcomer's walk (case M13).
    Rule: ASVS 5.0, 16.2.1.
    """
    visitor = person.stranger()
    op = {"op": "increment", "name": "n", "by": 1}
    again = {"idempotency-key": "k"}
    for one, name in ((person, person.name), (visitor, None)):
        answers = [one.patch(op), one.patch(op, headers=again), one.patch(op, headers=again)]
        answers += [one.call("PUT", "/session/data/a", json=1)]
        answers += [one.call("DELETE", "/session/data/a"), one.post("/session/rotate")]
        public_id = one.get("/session").json()["id"]
        for answer in answers:
            assert answer.is_success
            (line,) = lines_of(stack, answer.headers["x-request-id"], "request")
            assert (line["user"], line["session"]) == (name, public_id), answer.request.method


def test_SES_12_a_log_out_of_a_flask_application_ends_every_session_that_is_named(
    redis_url: str, keys: Keys
) -> None:
    """`session.clear()` ends what the cookies name, also where WSGI joined two lines by a comma.

    Report: gunicorn#2790, lua-resty-session#103 (case F3).
    Rule: RFC 6265, 5.4; PEP 3333; ASVS 5.0, 7.4.1.
    """
    app, store = flask.Flask("clears"), RedisStore(redis_url, keys, timeout_s=5)
    app.config.update(SECRET_KEY="k" * 32, SESSION_COOKIE_NAME="s")
    Session(app, store=store)

    @app.post("/begin")
    def begin() -> str:
        session["a"] = 1
        return ""

    @app.post("/clear")
    def clear() -> str:
        session.clear()
        return ""

    client = app.test_client(use_cookies=False)
    for text in ("s={one}; s=x", "a=1,s={one}", "s={one}; s={two}", "s={two},s={one}"):
        made = [client.post("/begin").headers["set-cookie"] for _ in range(2)]
        one, two = (field.partition(";")[0].partition("=")[2] for field in made)
        field = text.format(one=one, two=two)
        answer = client.post("/clear", headers={"cookie": field})
        assert answer.status_code == 200
        assert "Max-Age=0" in answer.headers["set-cookie"]
        assert all(over(store, token) for token in (one, two) if token in field), text
    store.close()


def test_a_sign_out_with_more_tokens_than_a_browser_can_have_ends_none(
    stack: Stack, person: Person, store: RedisStore
) -> None:
    """Each token costs calls to the store, so a field full of them would keep a thread for long.

    Report: this project's review of its own change.
    Rule: ASVS 5.0, 2.4.1; the session contract.
    """
    many = [f"holdfast={person.cookie}", *(f"holdfast={Token.new(n).text}" for n in range(100))]

    assert post(stack.port, "/logout", ["; ".join(many)], "Sec-Fetch-Site: same-origin") == 401
    assert not over(store, str(person.cookie))
