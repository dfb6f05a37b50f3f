"""Signing in over a real Redis and a real database: what races it, what it leaves better."""

import dataclasses
import secrets
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from auth.accounts import Accounts, engine_for
from auth.errors import AccountsUnavailable, BadCredentials
from auth.migrate import migrate
from auth.passwords import Passwords
from auth.service import Identity
from auth.settings import AuthSettings
from auth.throttle import Throttle
from holdfast import Client, Keys
from holdfast.errors import StoreUnavailable
from holdfast.redis_store import RedisStore
from servicekit.secret import Secret

PASSWORD, HERE = "correct horse battery staple", Client("192.0.2.1", "")


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
