"""Data: intents, conditions, quotas, idempotency (G2)."""

from holdfast.conditions import ABSENT
from holdfast.conformance.case import begin, each, put, refusing
from holdfast.conformance.harness import Harness
from holdfast.errors import IdempotencyKeyReused, QuotaExceeded, VersionConflict, WrongKind
from holdfast.intents import Intent, Op, tag_of
from holdfast.model import Committed, Limits

ODD_VALUES = [b"[[],{}]", b"12345678901234567", '"🐚"'.encode(), b'"' + b"x" * 15 * 1024 + b'"']


@each(*((value,) for value in ODD_VALUES))
def values_are_kept_byte_for_byte(harness: Harness, value: bytes) -> None:
    token = begin(harness)
    harness.store.commit(token, [put("a", value)])

    assert harness.store.load(token).data == {"a": value}


@each(
    (Op.DELETE, b"1", b"", None),
    (Op.DELETE, None, b"", None),
    (Op.INCREMENT, None, b"3", b"3"),
    (Op.INCREMENT, b"9007199254740990", b"1", b"9007199254740991"),
    (Op.INCREMENT, b"-2", b"2", b"0"),
    (Op.INCREMENT, b"\t5\r\n", b"1", b"6"),
    (Op.APPEND, None, b"{}", b"[{}]"),
    (Op.APPEND, b" [ ] ", b"1", b"[1]"),
    (Op.APPEND, b'["]", [] ]', b"[]", b'["]", [] ,[]]'),
    (Op.ADD, b"[1, 2]", b"2", b"[1, 2]"),
    (Op.ADD, b"[1, 2]", b"3", b"[1, 2,3]"),
    (Op.ADD, b'\n[ "x"\t]\r\n', b'"x"', b'\n[ "x"\t]\r\n'),
    (Op.REMOVE, b'["a,b", {"a":[1,2]} ,"a,b"]', b'"a,b"', b'[{"a":[1,2]}]'),
    (Op.REMOVE, b"[ 1 ]", b"2", b"[ 1 ]"),
    (Op.REMOVE, None, b"2", None),
)
def each_intent_does_what_it_says(
    harness: Harness, op: Op, before: bytes | None, value: bytes, after: bytes | None
) -> None:
    token = begin(harness, intents=[] if before is None else [put("a", before)])

    done = harness.store.commit(token, [Intent(op, "a", value)])
    assert done.values == {"a": after}
    assert harness.store.load(token).data == ({} if after is None else {"a": after})


@each(
    (Op.INCREMENT, b'"1"'),
    (Op.INCREMENT, b"1.0"),
    (Op.INCREMENT, b"9" * 5000),
    (Op.INCREMENT, b"9007199254740991"),
    (Op.APPEND, b"{}"),
    (Op.ADD, b"1"),
    (Op.REMOVE, b'"[1]"'),
)
def a_wrong_kind_is_refused_and_nothing_of_the_commit_applied(
    harness: Harness, op: Op, before: bytes
) -> None:
    token = begin(harness, intents=[put("a", before)])

    with refusing(WrongKind):
        harness.store.commit(token, [put("b", b"1"), Intent(op, "a", b"1")])
    assert harness.store.load(token).data == {"a": before}
    assert harness.store.load(token).version == 1


def conditions_hold_or_refuse(harness: Harness) -> None:
    token = begin(harness)
    first = harness.store.commit(token, [put("a", b"1", ABSENT)], if_version=0)
    assert first == Committed(1, {"a": b"1"})

    for intents, version in (
        ([put("a", b"2", ABSENT)], None),
        ([put("a", b"2", tag_of(b"2"))], None),
        ([put("a", b"2")], 0),
    ):
        with refusing(VersionConflict):
            harness.store.commit(token, intents, if_version=version)
    second = harness.store.commit(token, [put("a", b"2", tag_of(b"1"))], if_version=1)
    assert second == Committed(2, {"a": b"2"})


def quotas_refuse_before_anything_is_applied(harness: Harness) -> None:
    token, limits = begin(harness), Limits(value_bytes=4, session_bytes=8, names=2)
    for what, intents in {
        "value": [put("a", b"12345")],
        "names": [put("a", b"1"), put("b", b"1"), put("c", b"1")],
        "session": [put("a", b"1234"), put("b", b"1234")],
    }.items():
        with refusing(QuotaExceeded) as refused:
            harness.store.commit(token, intents, limits=limits)
        assert refused[0].what == what
    assert harness.store.load(token).data == {}


def an_idempotency_key_applies_once(harness: Harness) -> None:
    token, once = begin(harness), [Intent(Op.INCREMENT, "n", b"1")]
    first = harness.store.commit(token, once, idempotency_key="k", fingerprint="f")
    harness.store.commit(token, once)

    again = harness.store.commit(token, once, idempotency_key="k", fingerprint="f")
    assert (again.version, again.values, again.repeated) == (1, first.values, True)
    with refusing(IdempotencyKeyReused):
        harness.store.commit(token, once, idempotency_key="k", fingerprint="g")
    assert harness.store.load(token).data == {"n": b"2"}


def thirty_two_idempotency_keys_are_remembered(harness: Harness) -> None:
    token, once = begin(harness), [Intent(Op.INCREMENT, "n", b"1")]
    for n in range(33):
        harness.store.commit(token, once, idempotency_key=f"k{n}")

    assert harness.store.commit(token, once, idempotency_key="k1").repeated
    assert not harness.store.commit(token, once, idempotency_key="k0").repeated
