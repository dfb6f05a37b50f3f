"""The changes in Lua and those in Python make the same text of any JSON, white space included."""

import json
import secrets

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from holdfast import Intent, Op, Token
from holdfast.changes import CHANGES, OtherKindError
from holdfast.conformance.case import LONG
from holdfast.errors import WrongKind
from holdfast.redis_store import RedisStore

SPACE = st.text(" \t\r\n", max_size=3)
STRINGS = st.one_of(st.text(max_size=4), st.sampled_from(['a,]"', "\\", '\\"', "[1]", "\v1\f"]))
NUMBERS = st.one_of(
    st.integers(-(2**53) - 2, 2**53 + 2),
    st.integers(-3, 3),
    st.just(10**400),
    st.floats(allow_nan=False, allow_infinity=False),
)
SCALARS = st.one_of(st.none(), st.booleans(), NUMBERS, STRINGS).map(json.dumps)


def _spaced(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.builds(lambda before, text, after: before + text + after, SPACE, inner, SPACE)


def _list(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    filled = st.lists(_spaced(inner), min_size=1, max_size=4).map(",".join)
    return st.one_of(SPACE, filled).map(lambda text: f"[{text}]")


def _object(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    pair = st.builds(
        lambda name, value: f"{name}:{value}", _spaced(STRINGS.map(json.dumps)), _spaced(inner)
    )
    filled = st.lists(pair, min_size=1, max_size=3).map(",".join)
    return st.one_of(SPACE, filled).map(lambda text: f"{{{text}}}")


JSON = st.recursive(SCALARS, lambda inner: st.one_of(_list(inner), _object(inner)), max_leaves=6)
LISTS = _list(JSON)
OLD = _spaced(st.one_of(LISTS, NUMBERS.map(json.dumps), JSON)).map(str.encode)
ITEMS = JSON.map(str.encode)
INTENTS = st.one_of(
    st.builds(Intent, st.sampled_from([Op.APPEND, Op.ADD, Op.REMOVE]), st.just("a"), ITEMS),
    st.builds(
        Intent,
        st.just(Op.INCREMENT),
        st.just("a"),
        st.integers(-(2**53) + 1, 2**53 - 1).map(lambda by: b"%d" % by),
    ),
)


@settings(
    max_examples=400, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(OLD, st.lists(INTENTS, min_size=1, max_size=3))
@example(b"5\n", [Intent(Op.INCREMENT, "a", b"1")])
@example(b"-0", [Intent(Op.INCREMENT, "a", b"0")])
@example(b"05", [Intent(Op.INCREMENT, "a", b"1")])
@example(b"5\v", [Intent(Op.INCREMENT, "a", b"1")])
@example(b"9" * 5000, [Intent(Op.INCREMENT, "a", b"1")])
def test_lua_and_python_change_json_alike(
    store: RedisStore, old: bytes, intents: list[Intent]
) -> None:
    token = Token.new(secrets.randbelow(256))
    store.create(token, LONG, intents=[Intent(Op.SET, "a", old)])
    value: bytes | None = old
    try:
        for intent in intents:
            value = CHANGES[intent.op](value, intent.value)
    except OtherKindError:
        value = old
    try:
        assert store.commit(token, intents).values == {"a": value}  # type: ignore[union-attr]  # a session that ended would fail the comparison too
    except WrongKind:
        assert value == old
