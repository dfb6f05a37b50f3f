"""Conditional requests on a running stack: reads, writes and races."""

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from hashlib import sha1
from threading import Barrier
from typing import Any

import httpx
import pytest
from support.people import Person
from support.raw import ask

from devstack.stack import Stack

JSON_TYPE = {"content-type": "application/json"}
VALUE = "/session/data/a"
DATA = "/session/data"
ONE = sha1(b"1", usedforsecurity=False).hexdigest()
FOREIGN = ["x", "", "-", "!", "0" * 40, "a,b"]


def put(person: Person, text: bytes = b"1", **fields: str) -> httpx.Response:
    names = {name.replace("_", "-"): value for name, value in fields.items()}
    return person.call("PUT", VALUE, content=text, headers={**JSON_TYPE, **names})


def quoted(*tags: str) -> str:
    return ", ".join(f'"{tag}"' for tag in tags)


def present(current: str) -> list[tuple[dict[str, str], bool]]:
    """List conditions with whether they hold for what has the tag `current`."""
    return [
        ({"if-match": quoted(current)}, True),
        ({"if-match": "*"}, True),
        ({"if-match": quoted("x", current)}, True),
        ({"if-match": f', ,"x",\t{quoted(current)},'}, True),
        ({"if-match": f"W/{quoted(current)}"}, False),
        *(({"if-match": quoted(tag)}, False) for tag in FOREIGN),
        ({"if-match": quoted(*FOREIGN)}, False),
        ({"if-match": ""}, False),
        ({"if-none-match": "*"}, False),
        ({"if-none-match": quoted(current)}, False),
        ({"if-none-match": f"W/{quoted(current)}"}, False),
        ({"if-none-match": quoted("x", current)}, False),
        *(({"if-none-match": quoted(tag)}, True) for tag in FOREIGN),
        ({"if-match": "*", "if-none-match": "*"}, False),
        ({"if-match": "*", "if-none-match": quoted("x")}, True),
        ({"if-match": quoted(current), "if-none-match": quoted("x")}, True),
        ({"if-match": quoted("x"), "if-none-match": quoted("x")}, False),
        # No Last-Modified is sent, so the conditions on dates are ignored.
        ({"if-modified-since": "Sat, 29 Oct 2050 19:43:31 GMT"}, True),
        ({"if-unmodified-since": "Sat, 29 Oct 1994 19:43:31 GMT"}, True),
        ({"range": "bytes=0-0", "if-range": quoted(current)}, True),
    ]


ABSENT = [
    ({"if-match": "*"}, False),
    ({"if-match": quoted("-")}, False),
    ({"if-match": quoted(ONE)}, False),
    ({"if-none-match": "*"}, True),
    ({"if-none-match": quoted("-")}, True),
    ({"if-none-match": quoted(ONE)}, True),
    ({"if-match": "*", "if-none-match": "*"}, False),
]
MALFORMED = ["a", ONE, "'a'", '"a', '"a" "b"', 'w/"a"', "*, *", '*, "a"', '"a b"']


def value_is(person: Person, expected: int | None) -> bool:
    answer = person.get(VALUE, at=1)
    return answer.status_code == 404 if expected is None else answer.json() == expected


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_a_conditional_write_applies_exactly_when_its_conditions_hold(
    person: Person, method: str
) -> None:
    """PUT and DELETE with a condition that does not hold are 412 and change nothing.

    Report: this project's review (cases F6, Q5).
    Rule: RFC 9110, 13.1.1, 13.1.2, 13.2.2.
    """
    body: dict[str, Any] = {"json": 2} if method == "PUT" else {}
    done, written = (200, 2) if method == "PUT" else (204, None)
    for fields, holds in present(ONE):
        assert put(person).status_code == 200
        answer = person.call(method, VALUE, headers=fields, **body)
        assert answer.status_code == (done if holds else 412), fields
        assert value_is(person, written if holds else 1), fields
    for fields, holds in ABSENT:
        assert person.call("DELETE", VALUE).status_code == 204
        answer = person.call(method, VALUE, headers=fields, **body)
        assert answer.status_code == (done if holds else 412), fields
        assert value_is(person, written if holds else None), fields


def test_a_conditional_patch_applies_exactly_when_its_conditions_hold(person: Person) -> None:
    """PATCH with a condition that the session's version does not meet is 412 and changes nothing.

    Report: this project's review (cases F6, Q5).
    Rule: RFC 9110, 13.1.1, 13.1.2, 13.2.2.
    """
    count = 0
    for number in range(len(present("0"))):
        version = person.get("/session").json()["version"]
        fields, holds = present(str(version))[number]
        answer = person.patch({"op": "increment", "name": "n"}, headers=fields)
        count += holds
        assert answer.status_code == (200 if holds else 412), fields
        assert person.get("/session/data", at=1).json().get("n", 0) == count, fields
    stale = {"if-match": f'"0{version}"'}
    assert person.patch({"op": "increment", "name": "n"}, headers=stale).status_code == 412


def test_an_op_takes_what_if_match_takes(person: Person) -> None:
    """`if_match` of an op is a bare tag, an entity-tag, a list or *; a foreign tag is 412, not 422.

    Report: this project's review (case Q5).
    Rule: RFC 9110, 8.8.3, 13.1.1.
    """
    rows = [
        (fields["if-match"], holds) for fields, holds in present(ONE) if [*fields] == ["if-match"]
    ]
    for text, holds in [*rows, (ONE, True), ("0" * 40, False)]:
        put(person)
        answer = person.patch({"op": "set", "name": "a", "value": 2, "if_match": text})
        assert answer.status_code == (200 if holds else 412), text
        assert value_is(person, 2 if holds else 1), text
    for text in MALFORMED[:1] + MALFORMED[2:]:
        answer = person.patch({"op": "set", "name": "a", "value": 3, "if_match": text})
        assert answer.status_code == 422, text
        assert answer.json()["errors"][0]["pointer"] == "/ops/0/if_match"
    assert not value_is(person, 3)


@pytest.mark.parametrize("path", [VALUE, DATA])
def test_a_conditional_read_is_304_or_412_or_whole(person: Person, path: str) -> None:
    """GET and HEAD answer 304 for the current tag, 412 for a stale If-Match, else 200.

    Report: this project's review (cases F6, Q5).
    Rule: RFC 9110, 13.2.2, 15.4.5.
    """
    put(person)
    etag = person.get(path).headers["etag"]
    for method in ("GET", "HEAD"):
        for fields, holds in present(etag.strip('"')):
            answer = person.call(method, path, headers=fields)
            refused = (
                304 if "if-none-match" in fields and fields.get("if-match", "*") == "*" else 412
            )
            assert answer.status_code == (200 if holds else refused), (method, fields)
            if answer.status_code != 412:
                assert answer.headers["etag"] == etag
                assert answer.headers["cache-control"] == "no-store"
                assert answer.headers["vary"] == "Cookie"
            if answer.status_code == 304:
                assert answer.content == b""
                assert not {"content-length", "content-type"} & {*answer.headers}
    assert person.get("/session/data/none", headers={"if-match": "*"}).status_code == 404
    assert person.get("/session/data/none", headers={"if-none-match": "*"}).status_code == 404
    assert person.stranger().get(path, headers={"if-none-match": "*"}).status_code == 401


def test_a_malformed_condition_is_400_and_changes_nothing(person: Person) -> None:
    """A condition that cannot be read is refused, never dropped.

    Report: this project's review (case Q5).
    Rule: RFC 9110, 8.8.3, 13.1.1, 15.5.1.
    """
    put(person)
    ops = {"ops": [{"op": "delete", "name": "a"}]}
    for text in MALFORMED:
        for name in ("if-match", "if-none-match"):
            answers = [
                person.call("PUT", VALUE, json=2, headers={name: text}),
                person.call("DELETE", VALUE, headers={name: text}),
                person.call("PATCH", DATA, json=ops, headers={name: text}),
                person.get(VALUE, headers={name: text}),
                person.get(DATA, headers={name: text}),
            ]
            assert {one.status_code for one in answers} == {400}, (name, text)
            assert answers[0].json()["type"] == "/problems/bad-request"
    assert value_is(person, 1)


def test_lines_of_one_condition_count_together(stack: Stack, person: Person) -> None:
    """Of two If-Match or If-None-Match lines the second counts as the first does.

    Report: this project's review (case Q5).
    Rule: RFC 9110, 5.2, 5.3.
    """
    put(person)
    head = f"Host: 127.0.0.1\r\nCookie: holdfast={person.cookie}\r\n"
    for port in (stack.port, stack.port + 1):
        for lines, method, status in [
            (f'If-Match: "x"\r\nIf-Match: "{ONE}"\r\n', "GET", 200),
            ('If-Match: "x"\r\nIf-Match: "y"\r\n', "GET", 412),
            (f'If-None-Match: "x"\r\nIf-None-Match: W/"{ONE}"\r\n', "GET", 304),
            (f'If-None-Match: "x"\r\nIf-None-Match: "{ONE}"\r\n', "DELETE", 412),
            ('If-Match: *\r\nIf-Match: "x"\r\n', "DELETE", 400),
        ]:
            answer = ask(port, f"{method} {VALUE} HTTP/1.1\r\n{head}{lines}\r\n".encode())
            assert answer.status == status, lines


def test_without_a_session_every_value_is_absent(person: Person) -> None:
    """A conditional write without a cookie begins a session only if it admits an absent value.

    Report: this project's review (cases F6, Q5).
    Rule: RFC 9110, 13.1.1, 13.1.2.
    """
    for fields, holds in ABSENT:
        status = 201 if holds else 412
        new = person.stranger()
        assert new.call("PUT", VALUE, json=1, headers=fields).status_code == status, fields
        assert (new.cookie is not None) is holds
        new = person.stranger()
        op = {"op": "set", "name": "a", "value": 1}
        assert new.patch(op, headers=fields).status_code == status, fields
        assert (new.cookie is not None) is holds
    new = person.stranger()
    op = {"op": "set", "name": "a", "value": 1, "if_match": "*"}
    assert new.patch(op).status_code == 412
    assert new.patch(op, headers={"if-match": '"0"'}).status_code == 412
    assert new.cookie is None


def put_at_once(racers: list[Person], barrier: Barrier, tags: str, number: int) -> int:
    barrier.wait(10)
    fields = {"if-match": tags}
    one = racers[number]
    return one.call("PUT", VALUE, at=number, json=number + 10, headers=fields).status_code


@pytest.mark.parametrize("lists", [False, True])
def test_of_racing_conditional_writes_one_applies(person: Person, lists: bool) -> None:
    """Of eight PUTs with the same If-Match, a list or not, exactly one applies.

    Report: this project's review (case Q5).
    Rule: RFC 9110, 13.1.1 (the lost update problem).
    """
    for _ in range(5):
        put(person)
        racers = [person.another() for _ in range(8)]
        for one in racers:
            one.cookie = person.cookie or ""
        race = partial(put_at_once, racers, Barrier(8), quoted("x", ONE) if lists else quoted(ONE))
        with ThreadPoolExecutor(8) as threads:
            statuses = list(threads.map(race, range(8)))
        assert sorted(statuses) == [200] + [412] * 7
        assert value_is(person, statuses.index(200) + 10)
