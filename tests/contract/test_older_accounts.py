"""Accounts that an older version made go on, whatever their names; on each database."""

import secrets
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from support import postgres

from auth.accounts import Accounts
from auth.database import engine_for
from auth.errors import UsernameTaken
from auth.migrate import migrate
from auth.usernames import exact_key_of, judge

OLDER = [
    "ada",
    "Kingsley",
    "\uff21\uff24\uff21",
    "\u0430d\u0430",
    "admin\ufe0f",
    "admin",
    "\u3164",
    "\u2800",
    "\U0001f980",
    "Kim  Lee",
    "Kim Lee",
    "\ufb01n",
    "straße",
    "Ünal Özgür",
    "\u2168",
    "..",
    "a/b",
    "\u0455\u0430\u0455\u04bb\u0430",
    "\u041d\u041e\u0422",
]
"""Of these, several are equal or look alike by the rules of today."""


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=postgres.needed)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    """Give a database of the first layout."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/accounts.sqlite"
        migrate(url, "0001")
        made = engine_for(url)
        yield made
        made.dispose()
        return
    with postgres.running() as url:
        migrate(url, "0001")
        made = engine_for(url)
        yield made
        made.dispose()


def add_as_before(engine: sa.Engine, name: str) -> str:
    """Insert an account as the first version does; return its id."""
    account_id = secrets.token_urlsafe(16)
    insert = sa.text(
        "INSERT INTO accounts (id, username, username_key, password_hash, roles, disabled)"
        " VALUES (:id, :name, :key, 'hash', '[]', false)"
    )
    with engine.begin() as connection:
        connection.execute(insert, {"id": account_id, "name": name, "key": exact_key_of(name)})
    return account_id


def test_each_older_account_is_found_by_its_own_name(engine: sa.Engine) -> None:
    """Two accounts that are equal by the rules of today are still two, before and after.

    Report: this project's review (case Q8).
    Rule: RFC 8265, 8 (later changes of the rules must not take an account from its owner).
    """
    ids = {name: add_as_before(engine, name) for name in OLDER}
    accounts = Accounts(engine)
    assert {name: accounts.id_of(name) for name in OLDER} == ids
    migrate(engine.url.render_as_string(hide_password=False))
    assert {name: accounts.id_of(name) for name in OLDER} == ids
    for name in OLDER:
        assert accounts.named(name.upper()).id == ids[name]
    assert accounts.id_of("\uff2bingsley") == ids["Kingsley"]


def test_an_older_account_keeps_look_alikes_away(engine: sa.Engine) -> None:
    """Names of before count when a new name is judged, and the version before still signs in.

    Report: this project's review (case Q8).
    Rule: UTS 39, 4.
    """
    for name in OLDER:
        add_as_before(engine, name)
    migrate(engine.url.render_as_string(hide_password=False))
    accounts = Accounts(engine)
    for name in ("sasha", "hot", "Ada", "KINGSLEY", "\u0430\u0501\u0430"):
        with pytest.raises(UsernameTaken):
            accounts.add(judge(name), "hash")
    beside = add_as_before(engine, "made by the version before")
    assert accounts.id_of("Made by the version before") == beside
    made = accounts.add(judge("Grace"), "hash")
    with engine.begin() as connection:
        key_of = sa.text("SELECT username_key FROM accounts WHERE id = :id")
        key = connection.scalar(key_of, {"id": made.id})
    assert key == exact_key_of("Grace")
