"""Signing in over a real Redis and a real database: what races it, what it leaves better."""

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from unittest.mock import ANY

import pytest
from argon2 import PasswordHasher
from flask.testing import FlaskClient
from prometheus_client import CollectorRegistry

from auth.accounts import Accounts
from auth.app import Counts, create_app
from auth.database import engine_for
from auth.errors import AccountsUnavailable, BadCredentials, SessionGone
from auth.migrate import migrate
from auth.passwords import Passwords
from auth.service import Identity
from auth.settings import AuthSettings
from auth.throttle import Throttle
from holdfast import Client, Ended, Keys, Reason, Session
from holdfast.errors import StoreUnavailable
from holdfast.redis_store import RedisStore
from servicekit.metrics import RequestMetrics
from servicekit.secret import Secret
from sessionhttp.cookies import CookiePolicy
from sessionhttp.metrics import SessionMetrics

PASSWORD, NEW = "correct horse battery staple", "staple battery horse correct"
HERE = Client("192.0.2.1", "")


class Interrupted(Passwords):
    """Lets something happen between reading the account and beginning the session."""

    meanwhile: Callable[[], object] = staticmethod(lambda: None)

    def verify(self, password_hash: str | None, password: str) -> bool:
        right = super().verify(password_hash, password)
        type(self).meanwhile()
        return right


@pytest.fixture
def identity(store: RedisStore, tmp_path: Path) -> Iterator[Identity]:
    url = f"sqlite:///{tmp_path}/accounts.sqlite"
    migrate(url)
    secret = Secret(secrets.token_hex(16))
    settings = AuthSettings(
        redis_url="unix:///unused",
        pepper=secret,
        service_token=secret,
        admin_token=secret,
        database_url=url,
    )
    engine = engine_for(url)
    throttle = Throttle(store, attempts=3, window_seconds=60)
    yield Identity(settings, store, Accounts(engine), Passwords(), throttle)
    engine.dispose()


def served(identity: Identity) -> FlaskClient:
    """Return a client of the service over these parts."""
    registry = CollectorRegistry()
    counts = Counts(RequestMetrics(registry), SessionMetrics(registry))
    app = create_app(identity.settings, identity, counts)
    return app.test_client(use_cookies=False)


@pytest.mark.parametrize(
    "change",
    [
        lambda identity: identity.set_disabled("kingsley", disabled=True),
        lambda identity: identity.set_password("kingsley", "another long pass phrase"),
        lambda identity: identity.set_roles("kingsley", ["boss"]),
    ],
    ids=["disable", "password", "roles"],
)
def test_a_login_raced_by_a_change_of_the_account_begins_no_session(
    identity: Identity, change: Callable[[Identity], object], monkeypatch: pytest.MonkeyPatch
) -> None:
    account = identity.register("kingsley", PASSWORD)
    monkeypatch.setattr(Interrupted, "meanwhile", staticmethod(lambda: change(identity)))
    slow = dataclasses.replace(identity, passwords=Interrupted())

    with pytest.raises(BadCredentials):
        slow.log_in("kingsley", PASSWORD, HERE)
    assert identity.store.list_user(account.id) == []


def test_a_session_that_ends_meanwhile_changes_no_password_and_ends_no_other(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It ends after it was let in: the 401 that follows means that nothing was done."""
    identity.register("kingsley", PASSWORD)
    other, _ = identity.log_in("kingsley", PASSWORD, HERE)
    token, session = identity.log_in("kingsley", PASSWORD, HERE)
    over = staticmethod(lambda: identity.store.end(token, Reason.LOGGED_OUT))
    monkeypatch.setattr(Interrupted, "meanwhile", over)
    slow = dataclasses.replace(identity, passwords=Interrupted())

    with pytest.raises(SessionGone) as refused:
        slow.change_password(token, session, PASSWORD, NEW)
    assert refused.value.ended.reason is Reason.LOGGED_OUT
    assert isinstance(identity.store.load(other), Session)
    identity.log_in("kingsley", PASSWORD, HERE)


def test_who_signs_in_with_the_old_password_during_the_change_is_out(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They sign in when the session has its new token, and the new password is not seen yet."""
    account = identity.register("kingsley", PASSWORD)
    token, session = identity.log_in("kingsley", PASSWORD, HERE)
    rotate, late = identity.store.rotate, []

    def rotate_and_let_in(*given: Any, **named: Any) -> Any:
        done = rotate(*given, **named)
        late.append(identity.log_in("kingsley", PASSWORD, HERE)[0])
        return done

    monkeypatch.setattr(identity.store, "rotate", rotate_and_let_in)
    newer, _ = identity.change_password(token, session, PASSWORD, NEW)

    assert identity.store.load(late[0]) == Ended(Reason.PASSWORD_CHANGED, ANY)
    assert [one.id for one in identity.store.list_user(account.id)] == [session.id]
    assert isinstance(identity.store.load(newer), Session)


def test_a_change_whose_end_is_not_sure_says_so_and_keeps_the_caller_signed_in(
    identity: Identity, redis_url: str, keys: Keys
) -> None:
    """Asked to wait for a replica that is not there, Redis never confirms that a session ended."""
    identity.register("kingsley", PASSWORD)
    token, _ = identity.log_in("kingsley", PASSWORD, HERE)
    unsure = RedisStore(redis_url, keys, wait_replicas=1)
    answer = served(dataclasses.replace(identity, store=unsure)).post(
        "/password",
        json={"current": PASSWORD, "new": NEW},
        headers={"cookie": f"__Host-holdfast={token.text}"},
    )
    unsure.close()

    assert (answer.status_code, answer.headers["retry-after"]) == (503, "1")
    assert "Your password is changed" in answer.text
    field = answer.headers["set-cookie"].partition(";")[0]
    newer = CookiePolicy(secure=True).read(field.encode())
    assert newer
    assert isinstance(identity.store.load(newer), Session)
    identity.log_in("kingsley", NEW, HERE)


def test_ERR_08_ERR_04_what_nobody_expected_is_a_500_and_the_next_is_served(
    identity: Identity, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise RuntimeError("SELECT secret FROM accounts at 10.0.0.7")

    client = served(identity)
    login = {"username": "kingsley", "password": PASSWORD}
    monkeypatch.setattr(identity.accounts, "id_of", fail)
    broken = client.post("/login", json=login)
    monkeypatch.undo()

    assert (broken.status_code, broken.mimetype) == (500, "application/problem+json")
    for word in ("SELECT", "RuntimeError", "10.0.0.7", "Traceback"):
        assert word not in broken.text
    assert client.post("/login", json=login).status_code == 403


def test_PWD_10_a_login_raises_a_hash_to_todays_parameters(identity: Identity) -> None:
    weak = Passwords(hasher=PasswordHasher(time_cost=1, memory_cost=8192, parallelism=1))
    dataclasses.replace(identity, passwords=weak).register("kingsley", PASSWORD)
    assert "m=8192,t=1" in identity.accounts.named("kingsley").password_hash

    identity.log_in("kingsley", PASSWORD, HERE)

    assert "m=19456,t=2" in identity.accounts.named("kingsley").password_hash
    identity.log_in("kingsley", PASSWORD, HERE)


def test_OUT_06_an_attempt_that_could_not_be_judged_is_not_counted(
    identity: Identity, tmp_path: Path
) -> None:
    identity.register("kingsley", PASSWORD)
    away = engine_for(f"sqlite:///{tmp_path}/no/such/folder.sqlite")
    broken = dataclasses.replace(identity, accounts=Accounts(away))
    for _ in range(5):
        with pytest.raises(AccountsUnavailable):
            broken.log_in("kingsley", PASSWORD, HERE)
    away.dispose()

    identity.log_in("kingsley", PASSWORD, HERE)


def test_OUT_06_no_session_begins_and_nothing_is_counted_without_the_store(
    identity: Identity, keys: Keys
) -> None:
    account = identity.register("kingsley", PASSWORD)
    gone = RedisStore("redis://127.0.0.1:1", keys)
    broken = dataclasses.replace(identity, store=gone, throttle=Throttle(gone, 3, 60))
    for _ in range(5):
        with pytest.raises(StoreUnavailable):
            broken.log_in("kingsley", PASSWORD, HERE)
    gone.close()

    assert identity.store.list_user(account.id) == []
    identity.log_in("kingsley", PASSWORD, HERE)


def test_a_login_that_finds_no_place_to_hash_is_told_when_to_come_again(
    identity: Identity,
) -> None:
    """And it is no attempt: after as many as are allowed, the next one is let in."""
    identity.register("kingsley", PASSWORD)
    small = dataclasses.replace(identity, passwords=Passwords(slots=1, waiting=0))
    body = {"username": "kingsley", "password": PASSWORD}
    with small.passwords.place():
        refused = [served(small).post("/login", json=body) for _ in range(5)]

    assert [answer.status_code for answer in refused] == [503] * 5
    assert refused[0].get_json()["type"] == "/problems/auth-unavailable"
    assert {int(answer.headers["retry-after"]) for answer in refused} <= {1, 2, 3, 4, 5}
    assert served(small).post("/login", json=body).status_code == 200
