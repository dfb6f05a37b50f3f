"""Accounts on every database that is there: SQLite always, PostgreSQL where it is installed."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import postgres

from auth.accounts import Accounts
from auth.database import engine_for
from auth.errors import AccountsUnavailable, NoSuchAccount, UsernameTaken
from auth.migrate import migrate


@pytest.fixture(scope="module")
def postgres_url() -> Iterator[str]:
    with postgres.running() as url:
        yield url


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=postgres.needed)])
def accounts(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Accounts]:
    url = f"sqlite:///{tmp_path}/a.sqlite"
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_url")
    migrate(url)
    migrate(url)
    engine = engine_for(url)
    with engine.begin() as connection:
        connection.execute(sa.text("DELETE FROM accounts"))
    yield Accounts(engine)
    engine.dispose()


def test_an_account_is_found_by_its_name_however_written(accounts: Accounts) -> None:
    made = accounts.add("Kingsley", "hash", ["boss"])

    assert accounts.named("KINGSLEY") == made
    assert accounts.get(made.id) == made
    assert accounts.id_of("nobody") is None
    with pytest.raises(UsernameTaken):
        accounts.add("kingsley", "hash")
    with pytest.raises(NoSuchAccount):
        accounts.named("nobody")
    accounts.ping()


def test_a_stale_hash_never_replaces_a_newer_one(accounts: Accounts) -> None:
    stale = accounts.add("k", "old")

    assert accounts.replace_hash(stale, "new")
    assert not accounts.replace_hash(stale, "rehash of the old")
    assert accounts.named("k").password_hash == "new"


def test_a_new_hash_is_undone_by_what_fails_before_it_is_seen(accounts: Accounts) -> None:
    account = accounts.add("k", "old")

    def fail() -> None:
        with accounts.replacing_hash(account, "new") as replaced:
            assert replaced
            assert accounts.named("k").password_hash == "old"
            raise LookupError

    with pytest.raises(LookupError):
        fail()
    assert accounts.named("k").password_hash == "old"


def test_accounts_are_closed_opened_and_given_roles(accounts: Accounts) -> None:
    account = accounts.add("k", "hash")
    accounts.set_disabled(account, disabled=True)
    accounts.set_roles(account, ["a", "b"])

    now = accounts.named("k")
    assert (now.disabled, now.roles) == (True, ("a", "b"))
    assert "hash" not in repr(now)


def test_a_database_that_does_not_answer_is_told_as_that(tmp_path: Path) -> None:
    for url in (f"sqlite:///{tmp_path}/no/such/folder.sqlite", "postgresql://x@127.0.0.1:1/x"):
        engine = engine_for(url)
        with pytest.raises(AccountsUnavailable):
            Accounts(engine).id_of("k")
        engine.dispose()


@postgres.needed
def test_a_frozen_database_is_given_up_in_time_and_used_again() -> None:
    with postgres.serving() as server:
        engine = engine_for(server.url)
        accounts = Accounts(engine)
        accounts.ping()
        server.freeze()
        try:
            for _ in range(2):
                start = time.monotonic()
                with pytest.raises(AccountsUnavailable):
                    accounts.ping()
                assert time.monotonic() - start < 8
        finally:
            server.thaw()
        accounts.ping()
        engine.dispose()
