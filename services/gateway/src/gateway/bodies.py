"""JSON bodies of the session API, read without touching a byte of the values in them."""

import re
from typing import Annotated, Literal

import msgspec

from gateway.canonical_json import canonical
from gateway.conditional import commit_condition, parse_tags
from gateway.json_values import MOST_DEPTH, invalid, parse_json_value
from holdfast import Intent, Op
from holdfast.intents import MAX_SAFE_INTEGER
from servicekit.json_pointer import locate
from servicekit.problems import Problem

_BARE_TAG = re.compile(r"[0-9a-f]{40}")
_MOST_OPS = 200
# A body is {"ops": [{"value": ...}]}.
_DEPTH_OF_A_VALUE = 3

Value = msgspec.Raw | msgspec.UnsetType


class PatchOp(msgspec.Struct, forbid_unknown_fields=True):
    """One op of a PATCH body."""

    op: Literal["set", "delete", "increment", "append", "add", "remove"]
    name: Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z0-9_.-]{1,64}\Z")]
    value: Value = msgspec.UNSET
    by: Annotated[int, msgspec.Meta(ge=-MAX_SAFE_INTEGER, le=MAX_SAFE_INTEGER)] | None = None
    if_match: str | None = None


class Patch(msgspec.Struct, forbid_unknown_fields=True):
    """A PATCH body."""

    ops: Annotated[list[PatchOp], msgspec.Meta(min_length=1, max_length=_MOST_OPS)]


_patch = msgspec.json.Decoder(Patch)


def read_patch(body: bytes) -> list[Intent]:
    """Return the intents of a PATCH body. Raises Problem bad-request or invalid-request."""
    try:
        patch = _patch.decode(body)
    except msgspec.ValidationError as error:
        _judge(body)  # text that is not JSON, or that is read in two ways, is refused as that
        raise invalid(*locate(error)) from None
    except (RecursionError, msgspec.DecodeError):
        _judge(body)
        raise Problem("bad-request", "The body is not valid JSON.") from None
    if _may_have_doubled_names(body, patch):
        _judge(body)
    return [_intent(number, op) for number, op in enumerate(patch.ops)]


def _judge(body: bytes) -> None:
    parse_json_value(body, most_depth=MOST_DEPTH + _DEPTH_OF_A_VALUE)


def _may_have_doubled_names(body: bytes, patch: Patch) -> bool:
    """Say whether there are more names around the values than the ops have fields.

    msgspec takes the last of two members with one name.
    """
    expected = 1
    for op in patch.ops:
        expected += 2
        if op.by is not None:
            expected += 1
        if op.if_match is not None:
            expected += 1
        if op.value is not msgspec.UNSET:
            expected += 1 + bytes(op.value).count(b":")
    return body.count(b":") != expected


def _intent(number: int, op: PatchOp) -> Intent:
    kind, has_value = Op(op.op), op.value is not msgspec.UNSET
    tag = None if op.if_match is None else _condition(op.if_match, f"/ops/{number}/if_match")
    if kind is Op.INCREMENT:
        if has_value:
            raise invalid("increment takes `by`", f"/ops/{number}/value")
        return Intent(kind, op.name, str(1 if op.by is None else op.by).encode(), tag)
    if op.by is not None:
        raise invalid(f"{op.op} takes no `by`", f"/ops/{number}/by")
    if kind is Op.DELETE:
        if has_value:
            raise invalid("delete takes no value", f"/ops/{number}/value")
        return Intent(kind, op.name, b"", tag)
    place = f"/ops/{number}/value"
    if not isinstance(op.value, msgspec.Raw):
        raise invalid(f"{op.op} needs a value", place)
    text = bytes(op.value)
    if kind in (Op.ADD, Op.REMOVE):
        return Intent(kind, op.name, canonical(text, place), tag)
    parse_json_value(text, place)  # msgspec does not look into raw values
    return Intent(kind, op.name, text, tag)


def _condition(if_match: str, pointer: str) -> str:
    """Return the condition of an op: what If-Match takes, or a bare tag."""
    if _BARE_TAG.fullmatch(if_match):
        return if_match
    try:
        return commit_condition(parse_tags(if_match, strong=True))
    except ValueError:
        raise invalid("`if_match` takes what the field If-Match takes.", pointer) from None
