"""Accounts in SQL. The only door to their table; the database's errors are translated here."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from auth.database import table
from auth.errors import AccountsUnavailable, NoSuchAccount, UsernameTaken
from auth.lookalikes import skeleton
from auth.usernames import exact_key_of, key_of

# Made once: to build one and to look up how it was compiled costs more than to run it.
_IDS_OF = sa.select(table.c.username_key, table.c.id).where(
    (table.c.username_key == sa.bindparam("key")) | (table.c.username_key == sa.bindparam("exact"))
)
_ACCOUNT = sa.select(
    table.c.id, table.c.username, table.c.password_hash, table.c.roles, table.c.disabled
).where(table.c.id == sa.bindparam("id"))


@dataclass(frozen=True, slots=True)
class Account:
    """A person's account. `id` is random, stays inside, and names the user to the session store."""

    id: str
    username: str
    password_hash: str
    roles: tuple[str, ...]
    disabled: bool

    def __repr__(self) -> str:
        return f"Account({self.username!r})"


def _taken(forms: Sequence[str]) -> sa.Select[Any]:
    """Select a row where an account has the name of one of these forms.

    Of two that register at once, the unique columns refuse the second one.
    """
    look = table.c.username_skeleton.in_(forms)
    return sa.select(sa.literal(1)).where(table.c.username_key.in_(forms) | look).limit(1)


class Accounts:
    """The accounts behind an engine. Raised by every verb: AccountsUnavailable."""

    def __init__(self, engine: sa.Engine) -> None:
        self._engine = engine

    @contextmanager
    def _begin(self) -> Iterator[sa.Connection]:
        try:
            with self._engine.begin() as connection:
                yield connection
        except IntegrityError:
            raise
        except (DBAPIError, SQLAlchemyError) as error:
            raise AccountsUnavailable from error

    def id_of(self, username: str) -> str | None:
        """Return the id behind a name. It never changes, so it may be read before anything else.

        An older account may have a key that `key_of` makes equal to another's; each is found by its
        own name.
        """
        key, exact = key_of(username), exact_key_of(username)
        with self._begin() as connection:
            ids = dict(connection.execute(_IDS_OF, {"key": key, "exact": exact}).all())
        return ids.get(exact, ids.get(key))

    def get(self, account_id: str) -> Account | None:
        """Return an account as it stands now."""
        with self._begin() as connection:
            row = connection.execute(_ACCOUNT, {"id": account_id}).first()
        if row is None:
            return None
        roles = tuple(json.loads(row.roles))
        return Account(row.id, row.username, row.password_hash, roles, row.disabled)

    def named(self, username: str) -> Account:
        """Return the account of a name. Raises NoSuchAccount."""
        account_id = self.id_of(username)
        account = self.get(account_id) if account_id else None
        if account is None:
            raise NoSuchAccount
        return account

    def add(self, username: str, password_hash: str, roles: Sequence[str] = ()) -> Account:
        """Add an account. Raises UsernameTaken, also for a name that looks like another's."""
        key = key_of(username)
        look = skeleton(key)
        account = Account(
            secrets.token_urlsafe(16), username, password_hash, tuple(roles), disabled=False
        )
        try:
            with self._begin() as connection:
                if connection.scalar(_taken([key, exact_key_of(username), look])):
                    raise UsernameTaken
                connection.execute(
                    table.insert().values(
                        id=account.id,
                        username=username,
                        username_key=key,
                        username_skeleton=look,
                        password_hash=password_hash,
                        roles=json.dumps(list(roles)),
                        disabled=False,
                    )
                )
        except IntegrityError:
            raise UsernameTaken from None
        return account

    @contextmanager
    def replacing_hash(self, account: Account, password_hash: str) -> Iterator[bool]:
        """Replace the hash, unless it is no longer the one that `account` was read with.

        Gives whether it was. Others see it when the block is over; what the block raises undoes it.
        """
        with self._begin() as connection:
            done = connection.execute(
                table.update()
                .where(table.c.id == account.id, table.c.password_hash == account.password_hash)
                .values(password_hash=password_hash)
            )
            yield done.rowcount == 1

    def replace_hash(self, account: Account, password_hash: str) -> bool:
        """Replace the hash at once, and tell whether it was."""
        with self.replacing_hash(account, password_hash) as replaced:
            return replaced

    def set_disabled(self, account: Account, *, disabled: bool) -> None:
        """Close or open an account."""
        self._update(account, disabled=disabled)

    def set_roles(self, account: Account, roles: Sequence[str]) -> None:
        """Replace an account's roles."""
        self._update(account, roles=json.dumps(list(roles)))

    def _update(self, account: Account, **values: Any) -> None:
        with self._begin() as connection:
            connection.execute(table.update().where(table.c.id == account.id).values(**values))

    def ping(self) -> None:
        """Ask the database something."""
        with self._begin() as connection:
            connection.execute(sa.select(1))
