"""Whatever a request does to its session, its intents make the same of what was stored."""

import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from holdfast import Client, Limits
from holdfast.errors import WrongKind
from holdfast.memory import stage
from holdfast.web.policy import Policy
from holdfast.web.session import SessionDict
from holdfast.web.state import State
from holdfast.web.visit import Visit

NAMES = st.sampled_from(["a", "b", "bag"])
LEAVES = st.sampled_from([None, 0, 5, "x", [], [1], ["x", [2]], {}, {"k": [1]}])
STORED = st.dictionaries(NAMES, LEAVES, max_size=3)


def grow(session: Any, name: str, value: Any) -> None:
    if isinstance(session.get(name), list):
        session[name].append(value)


def shrink(session: Any, name: str, _: Any) -> None:
    if isinstance(session.get(name), list) and session[name]:
        session[name].pop(0)


def nest(session: Any, name: str, value: Any) -> None:
    if isinstance(session.get(name), dict):
        session[name]["k"] = value


def add_up(session: Any, name: str, value: Any) -> None:
    if name == "bag":
        return  # A bag is a list for good: emptied it stays one, and counting there is refused.
    if isinstance(session, dict):
        if type(session.get(name, 0)) is int:
            session[name] = session.get(name, 0) + len(str(value))
        return
    try:
        session.increment(name, len(str(value)))
    except WrongKind:
        return


def append(session: Any, name: str, value: Any) -> None:
    if isinstance(session, dict):
        if isinstance(session.get(name, []), list):
            session[name] = [*session.get(name, []), value]
        return
    try:
        session.append(name, value)
    except WrongKind:
        return


def overwrite(session: Any, name: str, value: Any) -> None:
    if isinstance(session, dict):
        session[name] = value
    else:
        session.overwrite(name, value)


def assign(session: Any, name: str, value: Any) -> None:
    session[name] = value


def assign_the_same(session: Any, name: str, _: Any) -> None:
    if name in session:
        session[name] = session[name]


ACTS = st.sampled_from(
    [
        assign,
        assign_the_same,
        grow,
        shrink,
        nest,
        add_up,
        append,
        overwrite,
        lambda session, name, value: session.setdefault(name, value),
        lambda session, name, _: session.pop(name, None),
        lambda session, name, _: session.get(name),
        lambda session, _, __: session.modified if not isinstance(session, dict) else None,
    ]
)


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(STORED, st.lists(st.tuples(ACTS, NAMES, LEAVES), max_size=8), st.booleans())
def test_intents_make_what_the_request_made(
    stored: dict[str, Any], acts: list[tuple[Any, str, Any]], spaced: bool
) -> None:
    texts = {n: json.dumps(v, indent=1 if spaced else None).encode() for n, v in stored.items()}
    state = State(Policy(bags=frozenset({"bag"})))
    for name, text in texts.items():
        state.values[name] = state._add(name, text)
    session, model = SessionDict(state, lambda: None), json.loads(json.dumps(stored))
    for act, name, value in acts:
        for one in (session, model):
            act(one, name, json.loads(json.dumps(value)))

    whole, _ = stage(texts, state.close(), Limits())
    made = {name: json.loads(text) for name, text in whole.items()}
    # An emptied bag may stay behind as an empty list.
    assert {n: v for n, v in made.items() if (n, v) != ("bag", [])} == {
        n: v for n, v in model.items() if (n, v) != ("bag", [])
    }


def test_a_visit_that_was_never_started_commits_nothing() -> None:
    assert list(Visit(Policy(), [], Client()).finish()) == []
