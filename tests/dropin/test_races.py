"""Two requests at once, in Flask and in ASGI alike: each race is forced inside a request."""

from collections.abc import Callable
from typing import Any

import pytest
from support.dropins import Browser

from holdfast import Reason, Token, User
from holdfast.redis_store import RedisStore


def put(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def during(other: Callable[[], Any], act: Callable[[Any], Any]) -> Callable[[Any], Any]:
    """Act on a session while, after it was loaded, another request runs to its end."""

    def both(session: Any) -> Any:
        dict(session)
        assert other().status == 200
        return act(session)

    return both


def test_different_names_all_survive(browser: Browser) -> None:
    browser.do(put(a=0, b=0))
    tab = browser.tab()

    assert browser.do(during(lambda: tab.do(put(b=2)), put(a=1))).status == 200
    assert browser.data() == {"a": 1, "b": 2}


def test_read_and_replaced_conflicts_rather_than_lose(browser: Browser) -> None:
    browser.do(put(n=0, d={}))
    tab = browser.tab()

    def count(session: Any) -> None:
        session["n"] += 1

    def count_and_more(session: Any) -> None:
        count(session)
        session["other"] = 1

    refused = browser.do(during(lambda: tab.do(count), count_and_more))
    assert refused.status == 409
    assert refused.set_cookie == []
    assert browser.data() == {"n": 1, "d": {}}
    assert browser.do(count).status == 200
    assert browser.data()["n"] == 2


@pytest.mark.parametrize(
    "act",
    [
        lambda session: session["d"].update(mine=1),
        lambda session: session.pop("d"),
        lambda session: session.setdefault("new", {"mine": 1}),
        lambda session: session.update(new=1) if "new" not in session else None,
    ],
)
def test_whatever_was_looked_at_conflicts(browser: Browser, act: Callable[[Any], Any]) -> None:
    browser.do(put(d={}))
    tab = browser.tab()

    other = lambda: tab.do(put(d={"theirs": 1}, new="theirs"))  # noqa: E731 - a race's other half
    assert browser.do(during(other, act)).status == 409
    assert browser.data() == {"d": {"theirs": 1}, "new": "theirs"}


def test_counting_and_appending_never_conflict(browser: Browser) -> None:
    browser.do(put(n=1, cart=["a"]))
    tab = browser.tab()

    def all_ways(mark: str) -> Callable[[Any], None]:
        def act(session: Any) -> None:
            session.increment("n", 2)
            assert session["n"] == 3
            session.append("cart", mark + "1")
            session["cart"].append(mark + "2")
            session["cart"] += [mark + "3"]
            session.setdefault("fresh", []).append(mark)

        return act

    assert browser.do(during(lambda: tab.do(all_ways("x")), all_ways("y"))).status == 200
    assert browser.data() == {
        "n": 5,
        "cart": ["a", "x1", "x2", "x3", "y1", "y2", "y3"],
        "fresh": ["x", "y"],
    }


def test_an_overwrite_wins_whatever_was_read(browser: Browser) -> None:
    browser.do(put(seen=1))
    tab = browser.tab()

    other = lambda: tab.do(put(seen=2))  # noqa: E731 - a race's other half
    assert browser.do(during(other, lambda s: s.overwrite("seen", s["seen"] + 2))).status == 200
    assert browser.data() == {"seen": 3}


def test_a_verb_and_an_assignment_in_one_request_are_one_change(browser: Browser) -> None:
    browser.do(put(n=1, cart=["a"]))

    def act(session: Any) -> None:
        session.increment("n")
        session["n"] *= 10
        held = session["cart"]
        held.append("b")
        session.append("cart", "c")
        session["cart"].insert(0, "first")
        session.increment("gone")
        del session["gone"]

    browser.do(act)
    assert browser.data() == {"n": 20, "cart": ["first", "a", "b", "c"]}


def test_a_write_in_flight_does_not_bring_an_ended_session_back(
    browser: Browser, store: RedisStore
) -> None:
    browser.do(put(user_id=7))
    tab, token = browser.tab(), str(browser.token)

    answer = browser.do(during(lambda: tab.do(lambda s: s.clear()), put(user_id=8)))
    assert (answer.status, answer.set_cookie) == (401, [])
    assert browser.data() == {}
    assert browser.do(lambda session: session.ended).json == Reason.LOGGED_OUT
    assert not store.end(Token(token))


def test_a_rotation_of_an_ended_session_is_refused(browser: Browser) -> None:
    browser.do(put(a=1))
    tab = browser.tab()

    def rotate(session: Any) -> None:
        session.rotate()
        session["user_id"] = 7

    assert browser.do(during(lambda: tab.do(lambda s: s.clear()), rotate)).status == 401
    assert browser.data() == {}


def test_an_increment_of_what_is_none_is_told_at_once(browser: Browser) -> None:
    browser.do(put(a="text"))

    def act(session: Any) -> None:
        session["other"] = 1
        session.increment("a")

    assert browser.do(act).status == 409
    assert browser.do(put(big="x" * 20_000)).status == 413
    assert browser.data() == {"a": "text"}


def test_a_sign_in_that_conflicts_can_be_sent_again(browser: Browser, store: RedisStore) -> None:
    browser.do(put(seen=1, cart=["kelp"]))
    tab, old = browser.tab(), browser.token

    def sign_in(session: Any) -> None:
        session["seen"] += 1
        session["user_id"] = 7
        session.bind_user(User("u-again", "Kingsley"))

    refused = browser.do(during(lambda: tab.do(put(seen=5)), sign_in))
    assert (refused.status, store.list_user("u-again")) == (409, [])
    assert browser.token != old  # The token is new already, so the old one never opened user_id.
    assert browser.data() == {"seen": 5, "cart": ["kelp"]}

    assert browser.do(sign_in).status == 200
    assert browser.data() == {"seen": 6, "cart": ["kelp"], "user_id": 7}
    assert len(store.list_user("u-again")) == 1


def test_a_sign_in_that_died_half_way_can_be_sent_again(
    browser: Browser, store: RedisStore
) -> None:
    browser.do(put(cart=["kelp"]))
    store.take(Token(str(browser.token)))

    browser.do(lambda session: session.bind_user(User("u-half", "Kingsley")))
    assert browser.data() == {"cart": ["kelp"]}


def test_what_was_written_before_a_refusal_in_a_sign_in_is_never_under_the_old_token(
    browser: Browser, store: RedisStore
) -> None:
    browser.do(put(a=1))
    tab, user = browser.tab(), User("u-refused", "Kingsley")

    def sign_in(session: Any) -> None:
        session["user_id"] = 7
        epoch = store.epoch(user.id)
        store.end_user(user.id, Reason.ACCOUNT_DISABLED)
        session.bind_user(user, epoch=epoch)

    assert browser.do(sign_in).status == 409
    assert tab.data() == {}


def test_a_request_in_flight_during_a_login_does_not_replace_its_cookie(browser: Browser) -> None:
    browser.do(put(a=1))
    tab = browser.tab()
    browser.do(lambda session: session.rotate())

    late = tab.do(put(b=2))
    assert (late.status, late.set_cookie) == (401, [])
    assert browser.data() == {"a": 1}

    def log_in(session: Any) -> None:
        session.rotate()
        session["user_id"] = 7

    assert tab.do(log_in).status == 200
    assert tab.data() == {"user_id": 7}
