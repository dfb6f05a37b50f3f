"""A store that waits for a replica which is away, in Flask and in ASGI alike."""

from collections.abc import Iterator

import pytest
from support.dropins import APPS, Browser

from holdfast import Ended, Keys, Session, Token, User
from holdfast.redis_store import RedisStore


@pytest.fixture
def waiting(redis_url: str, keys: Keys) -> Iterator[RedisStore]:
    """Give a store whose verbs that end sessions wait for a replica; Redis has none."""
    store = RedisStore(redis_url, keys, timeout_s=1, wait_replicas=1)
    yield store
    store.close()


@pytest.mark.parametrize("framework", APPS)
def test_a_replica_that_is_away_does_not_prevent_a_sign_in(
    waiting: RedisStore, framework: str
) -> None:
    """The new session is answered with its cookie, and the one that it replaces is over."""
    browser = Browser(APPS[framework](waiting))
    browser.do(lambda session: session.bind_user(User("u-1", "Kingsley")))
    first = str(browser.token)

    answer = browser.do(lambda session: session.bind_user(User("u-1", "Kingsley")))

    assert (answer.status, len(answer.set_cookie)) == (200, 1)
    assert isinstance(waiting.load(Token(str(browser.token))), Session)
    assert isinstance(waiting.load(Token(first)), Ended)


@pytest.mark.parametrize("framework", APPS)
def test_a_log_out_that_no_replica_has_is_not_a_success(
    waiting: RedisStore, framework: str
) -> None:
    """The answer is 503 and keeps the cookie, so that the log-out can be asked for again."""
    browser = Browser(APPS[framework](waiting))
    browser.do(lambda session: session.update(a=1))

    answer = browser.do(lambda session: session.clear())

    assert (answer.status, answer.set_cookie) == (503, [])
