"""What an application may expect of its session, in Flask and in ASGI alike."""

import re
import time
from collections.abc import Callable
from typing import Any

import pytest
import redis
from support.dropins import Browser

from holdfast import Ended, Keys, Lifetime, Reason, Session, Token, User
from holdfast.redis_store import RedisStore


def put(**values: Any) -> Callable[[Any], None]:
    return lambda session: session.update(values)


def test_values_are_set_read_changed_and_deleted(browser: Browser) -> None:
    assert browser.do(lambda session: session.get("value", "none")).json == "none"
    browser.do(put(value="42"))
    assert browser.do(lambda session: session["value"]).json == "42"
    browser.do(put(value="43"))
    assert browser.data() == {"value": "43"}
    browser.do(lambda session: session.pop("value"))
    assert browser.data() == {}
    assert browser.do(lambda session: session.pop("value", "gone")).json == "gone"


def test_a_visit_begins_nothing_and_the_first_write_sends_the_cookie(
    browser: Browser, client: redis.Redis, keys: Keys
) -> None:
    def look(session: Any) -> Any:
        return [session.new, session.id, len(session), "a" in session, bool(session), session.user]

    answer = browser.do(look)
    assert answer.json == [True, None, 0, False, False, None]
    assert (answer.set_cookie, answer.headers["vary"]) == ([], "Cookie")
    assert list(client.scan_iter(f"{keys.prefix}:*")) == []

    first = browser.do(put(a=1))
    assert len(first.set_cookie) == 1
    assert re.fullmatch(
        r"session=[A-Za-z0-9_-]{44}; HttpOnly; Path=/; SameSite=Lax|"
        r"session=[A-Za-z0-9_-]{44}; Path=/; HttpOnly; SameSite=Lax",
        first.set_cookie[0],
    )
    assert first.headers["cache-control"] == "no-store"
    assert browser.do(put(a=2)).set_cookie == []
    assert browser.do(lambda session: session.new).json is False


def test_a_request_that_does_not_look_says_nothing_of_cookies(browser: Browser) -> None:
    browser.do(put(a=1))

    answer = browser.do()
    assert answer.set_cookie == []
    assert "vary" not in answer.headers
    assert browser.do(dict).headers["vary"] == "Cookie"


def test_nested_changes_are_noticed(browser: Browser) -> None:
    browser.do(put(user={"name": "k", "tags": [{"a": 1}]}))

    def change(session: Any) -> None:
        session["user"]["tags"][0]["a"] = 2

    browser.do(change)
    assert browser.data() == {"user": {"name": "k", "tags": [{"a": 2}]}}


def test_a_request_that_only_reads_commits_nothing(browser: Browser, store: RedisStore) -> None:
    browser.do(put(a=[1], b={"c": None}))
    before = loaded(store, browser)

    browser.do(dict)
    browser.do(lambda session: session.update(a=[1]))
    assert loaded(store, browser).version == before.version


def loaded(store: RedisStore, browser: Browser) -> Session:
    assert browser.token
    found = store.load(Token(browser.token), passive=True)
    assert isinstance(found, Session)
    return found


@pytest.mark.parametrize(
    ("value", "error"),
    [
        ({(1, 2): 3}, TypeError),
        ([object()], TypeError),
        ([{"a": {1}}], ValueError),
        ({"\ud800": 1}, TypeError),
    ],
)
def test_what_would_not_come_back_is_refused_where_it_is_set(
    browser: Browser, value: Any, error: type[Exception]
) -> None:
    def act(session: Any) -> str:
        with pytest.raises(error):
            session["a"] = value
        return "refused"

    assert browser.do(act).json == "refused"
    assert browser.data() == {}


def test_the_session_takes_no_writes_once_the_response_has_begun(browser: Browser) -> None:
    kept: list[Any] = []

    def keep(session: Any) -> None:
        kept.append(getattr(session, "_get_current_object", lambda: session)())
        session["a"] = 1

    browser.do(keep)

    with pytest.raises(RuntimeError):
        kept[0]["a"] = 2
    assert kept[0]["a"] == 1


def test_a_dead_or_foreign_cookie_is_never_adopted(browser: Browser, store: RedisStore) -> None:
    browser.do(put(a=1))
    dead = browser.token
    assert dead
    store.end(Token(dead), Reason.REVOKED)

    assert browser.do(lambda session: [dict(session), session.ended]).json == [{}, "revoked"]
    assert browser.do(put(b=2)).set_cookie
    assert browser.token != dead
    assert browser.data() == {"b": 2}
    for foreign in (Token.new(7).text, "x", 'a"; b', "x" * 5000):
        browser.token = foreign
        browser.do(put(c=3))
        assert browser.token != foreign
        assert browser.data() == {"c": 3}


def test_a_session_lives_while_it_is_looked_at_and_then_is_over(
    make: Callable[..., Browser], store: RedisStore
) -> None:
    browser = make(lifetime=Lifetime(idle_ms=1000, absolute_ms=60_000))
    browser.do(put(a=1))
    first = loaded(store, browser)

    while store.ping() < first.idle_expires_ms + 200:
        assert browser.data() == {"a": 1}
        time.sleep(0.05)
    last = loaded(store, browser)
    while store.ping() < last.idle_expires_ms:
        time.sleep(0.05)
    assert browser.do(lambda session: [dict(session), session.ended]).json == [{}, "idle-timeout"]


def test_clearing_logs_out_for_good(browser: Browser, store: RedisStore) -> None:
    browser.do(put(a=1))
    old, tab = browser.token, browser.tab()

    answer = browser.do(lambda session: session.clear())
    assert "Max-Age=0" in answer.set_cookie[0]
    assert browser.token is None
    assert old
    assert isinstance(found := store.load(Token(old)), Ended)
    assert found.reason is Reason.LOGGED_OUT
    assert tab.data() == {}


def test_what_is_written_after_a_clear_begins_another_session(browser: Browser) -> None:
    browser.do(put(a=1))
    old = browser.token

    browser.do(lambda session: (session.clear(), session.update(user_id=7)))
    assert browser.token not in {old, None}
    assert browser.data() == {"user_id": 7}


def test_rotation_changes_the_token_and_the_old_one_is_refused(browser: Browser) -> None:
    browser.do(put(a=1))
    tab = browser.tab()

    browser.do(lambda session: (session.rotate(), session.update(user_id=7)))
    assert browser.token != tab.token
    assert browser.data() == {"a": 1, "user_id": 7}
    assert tab.do(lambda session: [dict(session), session.ended]).json == [{}, "rotated"]


def test_a_bound_user_keeps_the_cart_and_stands_in_the_list(
    browser: Browser, store: RedisStore
) -> None:
    user = User("u-1", "Kingsley", ("editor",))
    browser.do(put(cart=["kelp"], seen=1))
    tab = browser.tab()

    def sign_in(session: Any) -> str:
        session["seen"] += 1
        session.bind_user(user, epoch=store.epoch(user.id))
        return str(session.user.name)

    assert browser.do(sign_in).json == "Kingsley"
    assert browser.data() == {"cart": ["kelp"], "seen": 2}
    assert browser.do(lambda session: session.user.roles).json == ["editor"]
    assert [one.id for one in store.list_user("u-1")] == [browser.do(lambda s: s.id).json]
    assert tab.do(lambda session: session.ended).json == "rotated"
    assert store.end_user("u-1", Reason.REVOKED) == 1
    assert browser.do(lambda session: session.user).json is None


def test_a_sign_in_that_raced_the_end_of_all_sessions_does_not_begin(
    browser: Browser, store: RedisStore
) -> None:
    user = User("u-2", "K")

    def sign_in(session: Any) -> None:
        epoch = store.epoch(user.id)
        store.end_user(user.id, Reason.PASSWORD_CHANGED)
        session.bind_user(user, epoch=epoch)

    assert browser.do(sign_in).status == 409
    assert store.list_user(user.id) == []


def test_a_second_user_on_the_same_browser_gets_nothing_of_the_first(
    browser: Browser, store: RedisStore
) -> None:
    browser.do(lambda session: session.bind_user(User("u-3", "One")))
    browser.do(put(secret="one"))
    browser.do(
        lambda session: (
            session.get("theme"),
            session.update(theme="dark"),
            session.bind_user(User("u-4", "Two")),
        )
    )

    assert browser.data() == {"theme": "dark"}
    assert store.list_user("u-3") == []


def test_permanent_sessions_outlive_the_browser(make: Callable[..., Browser]) -> None:
    browser = make()
    assert browser.do(lambda session: setattr(session, "permanent", True)).set_cookie == []

    def begin(session: Any) -> None:
        session.permanent = True
        session["a"] = 1

    assert "Max-Age=3600" in browser.do(begin).set_cookie[0]
    assert browser.do(lambda session: session.permanent).json is True
    assert browser.do(lambda session: setattr(session, "permanent", True)).set_cookie == []
    shorter = browser.do(lambda session: setattr(session, "permanent", False))
    assert "Max-Age" not in shorter.set_cookie[0]


def test_behind_the_gateway_the_gateway_owns_the_session(
    make: Callable[..., Browser], store: RedisStore
) -> None:
    browser = make(behind_gateway=True)
    browser.do(put(a=1))
    token = browser.token

    def refused(session: Any) -> str:
        with pytest.raises(RuntimeError, match="gateway"):
            session.rotate()
        with pytest.raises(RuntimeError, match="gateway"):
            session.bind_user(User("u", "n"))
        with pytest.raises(RuntimeError, match="gateway"):
            session.permanent = True
        return "refused"

    assert browser.do(refused).json == "refused"

    assert browser.do(lambda session: session.clear()).set_cookie == []
    assert (browser.token, browser.data()) == (token, {})
    assert isinstance(store.load(Token(str(token))), Session)
