"""JSON values from outside: one verdict for each, through whatever verb they come."""

import json
import shutil
import subprocess
from typing import Any

import msgspec
import pytest
from support.people import Person

JSON_TYPE = {"content-type": "application/json"}
DEEP = 100

TAKEN = [
    b"null", b"true", b"0", b"-0", b"-0.0", b"1e5", b"1E+2", b"1.5e-3", b"[]", b"{}", b'""',
    b" \t\r\n[ 1 , 2 ]\r\n", b"5\n", b'{"":0}', b'"\\u0000"', b'"\\ud83d\\udc1a"', '"🐚"'.encode(),
    b'"\\\\ud800"', b'"\\/"', '"\ufeff"'.encode(), '"\uffff\ufdd0"'.encode(),
    '"\u2028\u2029"'.encode(), b"1" + b"0" * 308, b"9007199254740993", b"1e308", b"1e-400",
    b"0." + b"1" * 400, b"1" + b"0" * 400 + b"e-400", b"[" * DEEP + b"]" * DEEP,
    b'"' + b"[" * 500 + b'"', b'{"a":{"a":1},"b":{"a":1}}', b'{"A":1,"a":2}',
]  # fmt: skip
INVALID = [
    b"1e400", b"-1e309", b"[1e400]", b'{"a":1e999}', b"9" * 309, b"9" * 5000, b"-" + b"9" * 5000,
    b"[" + b"9" * 5000 + b"]", b"9" * 310 + b".5", b"1" + b"0" * 400 + b"e-1", b'"\\ud800"',
    b'"\\uDFFF"', b'"\\udc00\\ud800"', b'"a\\ud800b"', b'["\\ud800"]', b'{"\\ud800":1}',
    b'"\\ud800\\ud800\\udc00"', b'{"a":1,"a":2}', b'{"a":1,"\\u0061":1}', b'[{"":1,"":1}]',
    b'{"a":{"b":1,"b":1}}', b"[" * (DEEP + 1) + b"]" * (DEEP + 1),
    b'{"a":' * (DEEP + 1) + b"1" + b"}" * (DEEP + 1), b"[" * 900 + b"]" * 900,
    b"[" * 5000 + b"]" * 5000, b'{"a":' * 2000 + b"1" + b"}" * 2000,
]  # fmt: skip
MALFORMED = [
    b"", b" ", b"nul", b"True", b"NaN", b"Infinity", b"-Infinity", b"[NaN]", b"undefined", b"01",
    b"-01", b"1.", b".5", b"+1", b"-", b"1e", b"1e+", b"0x10", b"1_000", b"1 2", b"{} {}", b"[1,]",
    b"[,1]", b'{"a":1,}', b"{a:1}", b'{"a" 1}', b'{"a":}', b"{1:1}", b"'a'", b'"a', b'"\n"',
    b'"\x00"', b'"\x1f"', b'"\\x41"', b'"\\u12"', b'"\\u 123"', b'"\\"', b"[", b"[[]", b"{",
    b"\xef\xbb\xbf1", b"\xff\xfe1\x00", b"1\x00", b"\x001", b"\x0c1", b"\xc2\xa01",
    b'"\xff"', b'"\xc0\xaf"', b'"\xed\xa0\x80"', b'"\xf5\x80\x80\x80"', b"/**/1", b"// a\n1",
    b"[1e400", b'{"a":1,"a":2',
]  # fmt: skip
OPS = ("set", "append", "add", "remove")


def verdicts(person: Person, text: bytes) -> dict[str, int]:
    """Give a text to each verb, each for a name that does not exist; return the statuses."""
    person.patch(*({"op": "delete", "name": name} for name in ("put", *OPS)))
    put = person.call("PUT", "/session/data/put", content=text, headers=JSON_TYPE)
    found = {"PUT": put.status_code}
    for op in OPS:
        body = b'{"ops":[{"op":"%s","name":"%s","value":%s}]}' % (op.encode(), op.encode(), text)
        answer = person.call("PATCH", "/session/data", content=body, headers=JSON_TYPE)
        found[op] = answer.status_code
        if answer.status_code == 422:
            assert answer.json()["type"] == "/problems/invalid-request"
            pointer = answer.json()["errors"][0]["pointer"]
            root = put.json()["errors"][0]["pointer"]
            # Far beyond the limit the pointer leads to the whole value.
            assert pointer == f"/ops/0/value{root}" or "deeper" in answer.text
    return found


def refuse_constant(text: str) -> Any:
    raise AssertionError(f"{text} is not JSON")


def read_strictly(text: bytes) -> Any:
    """Read JSON with several readers that must agree."""
    read = json.loads(text, parse_constant=refuse_constant)
    assert msgspec.json.decode(text) == read
    return read


@pytest.mark.parametrize(
    ("status", "texts"), [(200, TAKEN), (422, INVALID), (400, MALFORMED)], ids=["200", "422", "400"]
)
def test_every_verb_has_the_same_verdict_on_a_json_text(
    person: Person, status: int, texts: list[bytes]
) -> None:
    """PUT and each op of PATCH take, refuse (422) or cannot read (400) the same texts.

    Report: this project's review (cases F7, Q13).
    Rule: RFC 8259, 2, 4, 6, 8.1, 8.2, 9; RFC 7493, 2.1-2.3.
    """
    for text in texts:
        found = verdicts(person, text)
        assert found == dict.fromkeys(["PUT", *OPS], status), text[:60]
        view = person.get("/session", at=1)
        data = read_strictly(view.content)["data"]
        if status == 200:
            assert person.get("/session/data/put", at=1).content == text
            assert data["append"] == data["add"] == [data["put"]] == [data["set"]], text[:60]
        else:
            assert data == {}


def test_what_is_stored_is_json_for_another_reader(person: Person) -> None:
    """Node.js reads a session that holds every text that was taken.

    Report: this project's review (case F7).
    Rule: RFC 8259, 9; RFC 7493, 2.
    """
    node = shutil.which("node")
    if node is None:
        pytest.skip("needs node")
    for number, text in enumerate(TAKEN):
        person.call("PUT", f"/session/data/v{number}", content=text, headers=JSON_TYPE)
    script = (
        "process.stdin.on('data', d => (globalThis.t = (globalThis.t ?? '') + d)).on('end', () =>"
    )
    script += " console.log(Object.keys(JSON.parse(t).data).length))"
    done = subprocess.run(
        [node, "-e", script],
        input=person.get("/session").content,
        capture_output=True,
        check=True,
        timeout=20,
    )
    assert int(done.stdout) == len(TAKEN)


def test_a_number_in_an_element_is_kept_as_it_was_written(person: Person) -> None:
    """`add` stores no Infinity, and rounds no number that a double cannot hold.

    Report: this project's review (case F7).
    Rule: RFC 8259, 6; RFC 7493, 2.2.
    """
    assert person.patch({"op": "set", "name": "s", "value": []}).status_code == 200
    for text in (
        "0.12345678901234567890",
        "12345678901234567.5",
        "123456789012345678901",
        "1e-400",
    ):
        body = f'{{"ops":[{{"op":"add","name":"s","value":{text}}}]}}'
        for _ in range(2):
            answer = person.call("PATCH", "/session/data", content=body, headers=JSON_TYPE)
            assert answer.status_code == 200
        assert person.get("/session/data/s").text.count(text) == 1
        body = body.replace('"add"', '"remove"')
        person.call("PATCH", "/session/data", content=body, headers=JSON_TYPE)
        assert person.get("/session/data/s").json() == []


def test_a_patch_with_a_name_twice_is_refused(person: Person) -> None:
    """A PATCH body that readers could take in two ways applies nothing.

    Report: this project's review (case Q13).
    Rule: RFC 8259, 4; RFC 7493, 2.3.
    """
    delete = b'{"op":"delete","name":"a"}'
    for body, pointer in [
        (b'{"ops":[%s],"ops":[%s]}' % (delete, delete), "/ops"),
        (b'{"ops":[{"op":"set","op":"delete","name":"a"}]}', "/ops/0/op"),
        (b'{"ops":[{"op":"delete","name":"a","n\\u0061me":"b"}]}', "/ops/0/name"),
        (b'{"ops":[{"op":"increment","name":"a","by":1,"by":2}]}', "/ops/0/by"),
        (b'{"ops":[{"op":"set","name":"a","value":{"a":1},"value":1}]}', "/ops/0/value"),
    ]:
        answer = person.call("PATCH", "/session/data", content=body, headers=JSON_TYPE)
        assert answer.status_code == 422, body
        assert answer.json()["errors"][0]["pointer"] == pointer
    assert person.get("/session").json()["version"] == 0
