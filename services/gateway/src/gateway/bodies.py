"""JSON bodies of the session API, read without touching a byte of the values in them."""

import json
import re
from typing import Annotated, Any, Literal

import msgspec

from holdfast import Intent, Op
from holdfast.intents import ABSENT, MAX_SAFE_INTEGER
from servicekit.problems import Problem

_ETAG = re.compile(r'"([0-9a-f]{40})"')
_VERSION = re.compile(r'"([0-9]{1,15})"')
_MOST_OPS = 200

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


def invalid(detail: str, pointer: str = "") -> Problem:
    """Make the 422 that points at what is wrong (RFC 6901 pointer)."""
    return Problem("invalid-request", detail, errors=[{"detail": detail, "pointer": pointer}])


def _refuse_constant(_: str) -> Any:
    raise ValueError("no JSON")


_strict = json.JSONDecoder(parse_constant=_refuse_constant)


def parse_value(text: bytes) -> Any:
    """Parse a JSON text strictly (RFC 8259). Raises Problem."""
    try:
        return _strict.decode(text.decode("utf-8"))
    except RecursionError:
        raise invalid("The value is nested too deeply.") from None
    except ValueError:
        raise Problem("bad-request", "The body is no JSON.") from None


def canonical(text: bytes) -> bytes:
    """Return the one spelling of a JSON value by which list elements are compared."""
    value = parse_value(text)
    try:
        made = json.dumps(value, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        return made.encode()
    except (RecursionError, ValueError):
        raise invalid("The value has no canonical form.") from None


def read_patch(body: bytes) -> list[Intent]:
    """Return the intents of a PATCH body. Raises Problem bad-request or invalid-request."""
    try:
        patch = _patch.decode(body)
    except msgspec.ValidationError as error:
        parse_value(body)  # what is no JSON at all is told as that
        detail, _, place = str(error).partition(" - at `$")
        raise invalid(detail, re.sub(r"[.\[]", "/", place).rstrip("`").replace("]", "")) from None
    except RecursionError:
        raise invalid("The value is nested too deeply.") from None
    except msgspec.DecodeError:
        raise Problem("bad-request", "The body is no JSON.") from None
    return [_intent(number, op) for number, op in enumerate(patch.ops)]


def _intent(number: int, op: PatchOp) -> Intent:
    kind, has_value = Op(op.op), op.value is not msgspec.UNSET
    tag = None if op.if_match is None else op_tag(op.if_match, f"/ops/{number}/if_match")
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
    if not isinstance(op.value, msgspec.Raw):
        raise invalid(f"{op.op} needs a value", f"/ops/{number}/value")
    text = bytes(op.value)
    if kind in (Op.ADD, Op.REMOVE):
        return Intent(kind, op.name, canonical(text), tag)
    parse_value(text)  # what is taken as it stands was not looked into yet
    return Intent(kind, op.name, text, tag)


def op_tag(etag: str | None, pointer: str) -> str | None:
    """Return the tag in an op's `if_match`, with or without quotes."""
    if etag is None:
        return None
    match = _ETAG.fullmatch(etag if etag.startswith('"') else f'"{etag}"')
    if not match:
        raise invalid("no ETag of a value", pointer)
    return match[1]


def value_condition(if_match: str | None, if_none_match: str | None) -> str | None:
    """Return the condition of a PUT: a tag, ABSENT or None. Raises Problem invalid-request."""
    if if_match is not None and if_none_match is not None:
        raise invalid("If-Match and If-None-Match together")
    if if_none_match is not None:
        if if_none_match.strip() != "*":
            raise invalid("If-None-Match takes only *")
        return ABSENT
    return op_tag(if_match, "")


def version_condition(if_match: str | None) -> int | None:
    """Return the session version that a PATCH demands. Raises Problem invalid-request."""
    if if_match is None:
        return None
    match = _VERSION.fullmatch(if_match.strip())
    if not match:
        raise invalid("If-Match takes the session's version in quotes")
    return int(match[1])
