"""Writes that begin a session, and writes with the cookie of one that has ended."""

from collections.abc import Callable, Iterator

import httpx
import pytest
import redis
from support.people import Person

from devstack.stack import Stack
from holdfast import Token

Store = redis.Redis
WRITES: list[Callable[..., httpx.Response]] = [
    lambda person, **more: person.call("PUT", "/session/data/a", json=2, **more),
    lambda person, **more: person.patch({"op": "set", "name": "a", "value": 2}, **more),
]


@pytest.fixture
def store(stack: Stack) -> Iterator[Store]:
    with redis.Redis.from_url(f"unix://{stack.socket}") as client:
        yield client


def expire(store: Store, person: Person, how: str) -> None:
    """Put the deadline of a person's session into the past, far enough for any clock."""
    own = person.get("/session").json()["id"].encode()
    hashes = (key for key in store.scan_iter("*:s:*") if store.type(key) == b"hash")
    (record,) = [key for key in hashes if store.hget(key, "p") == own]
    if how != "unknown":
        # It has to look as one that ended a moment ago: older records are gone.
        seconds, micros = store.time()
        now = seconds * 1000 + micros // 1000 - 5
        fields = {"i": now} if how == "idle-timeout" else {"i": now, "a": now}
        store.hset(record, mapping={name: str(value) for name, value in fields.items()})
        return
    store.delete(record)


def holding(person: Person, cookie: str) -> Person:
    person.cookie = cookie
    return person


@pytest.mark.parametrize("how", ["idle-timeout", "absolute-timeout", "unknown"])
@pytest.mark.parametrize("rotated", [False, True])
def test_a_write_with_a_timed_out_anonymous_cookie_begins_a_new_session(
    visitor: Person, store: Store, how: str, rotated: bool
) -> None:
    """It is 201 with a new cookie, as without one; the old session is not brought back.

    Report: this project's review (case Q3).
    Rule: docs/decisions/0013; ASVS 5.0, 7.2.4, 7.3.1.
    """
    for at, write in enumerate(WRITES):
        person = visitor.stranger()
        assert person.call("PUT", "/session/data/old", json=1).status_code == 201
        if rotated:
            assert person.post("/session/rotate").status_code == 200
        old = person.cookie or ""
        expire(store, person, how)
        assert person.get("/session", at=at).json()["reason"] == how
        assert person.post("/session/rotate").status_code == 401
        assert person.call("DELETE", "/session/data/old").status_code == 401
        assert write(person, headers={"if-match": "*"}).status_code == 412
        assert person.cookie == old
        begun = write(person, at=at)
        assert (begun.status_code, begun.json()["version"]) == (201, 1)
        assert person.cookie != old
        view = person.get("/session", at=at + 1).json()
        assert (view["authenticated"], view["data"]) == (False, {"a": 2})
        assert holding(person.another(), old).get("/session").json()["reason"] == how


@pytest.mark.parametrize("how", ["idle-timeout", "absolute-timeout", "unknown"])
def test_a_write_with_the_cookie_of_a_users_ended_session_is_401(
    person: Person, store: Store, how: str
) -> None:
    """A person who was signed in does not become a visitor unnoticed.

    Report: this project's review (case Q3).
    Rule: docs/decisions/0013; ASVS 5.0, 7.3.1.
    """
    for at, write in enumerate(WRITES):
        assert person.log_in().status_code == 200
        cookie = person.cookie
        expire(store, person, how)
        for _ in range(2):
            refused = write(person, at=at)
            assert (refused.status_code, refused.json()["reason"]) == (401, how)
            assert "set-cookie" not in refused.headers
        assert person.cookie == cookie


def test_a_write_with_an_anonymous_cookie_that_was_ended_on_purpose_is_401(
    person: Person, visitor: Person
) -> None:
    """After a sign-in or sign-out the old cookie begins nothing that could replace the new one.

    Report: this project's review (case Q3).
    Rule: docs/decisions/0013; ASVS 5.0, 7.2.4, 7.4.1.
    """
    for write in WRITES:
        new = visitor.another()
        new.name = person.name
        assert write(new).status_code == 201
        old = new.cookie or ""
        assert new.log_in().status_code == 200
        refused = write(holding(new.another(), old))
        assert (refused.status_code, refused.json()["reason"]) == (401, "rotated")
        left = visitor.stranger()
        assert write(left).status_code == 201
        old = left.cookie or ""
        assert left.post("/logout").status_code == 204
        refused = write(holding(left.another(), old))
        assert (refused.status_code, refused.json()["reason"]) == (401, "logged-out")
        assert "set-cookie" not in refused.headers


def test_a_token_from_outside_is_never_adopted_by_a_write(visitor: Person) -> None:
    """A made-up token of either kind becomes the cookie of nothing.

    Report: this project's review (case Q3).
    Rule: ASVS 5.0, 7.2.1, 7.2.4 (session fixation).
    """
    for write in WRITES:
        made_up = Token.anonymous().text
        person = holding(visitor.stranger(), made_up)
        assert write(person).status_code == 201
        assert person.cookie != made_up
        assert holding(visitor.stranger(), made_up).get("/session").status_code == 401
        for text in (Token.new(7).text, "*", "A" * 44):
            refused = write(holding(visitor.stranger(), text))
            assert (refused.status_code, refused.json()["reason"]) == (401, "unknown")


def test_a_first_write_says_whether_it_began_a_session(visitor: Person) -> None:
    """A write without a cookie is 201 with the new cookie; one into a session is 200 without.

    Report: this project's review (case Q14).
    Rule: RFC 9110, 15.3.2; RFC 6265, 4.1.1.
    """
    first = visitor.call("PUT", "/session/data/a", json=1)
    assert (first.status_code, "set-cookie" in first.headers) == (201, True)
    second = visitor.patch({"op": "set", "name": "b", "value": 2})
    assert (second.status_code, "set-cookie" in second.headers) == (200, False)
    # Two first writes at once, neither with a cookie: two sessions, and both answers are 201.
    apart = visitor.stranger(), visitor.stranger()
    assert [one.call("PUT", "/session/data/a", json=1).status_code for one in apart] == [201, 201]
    assert apart[0].cookie != apart[1].cookie
