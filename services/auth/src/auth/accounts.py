"""Accounts in SQL. The only door to the database; its errors are translated here."""

import json
import secrets
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, IntegrityError, SQLAlchemyError

from auth.errors import AccountsUnavailable, NoSuchAccount, UsernameTaken
from auth.postgres import BoundedConnection
from auth.usernames import key_of

TIMEOUT_SECONDS = 2

metadata = sa.MetaData()
table = sa.Table(
    "accounts",
    metadata,
    sa.Column("id", sa.String(32), primary_key=True),
    sa.Column("username", sa.String(64), nullable=False),
    sa.Column("username_key", sa.String(256), nullable=False, unique=True),
    sa.Column("password_hash", sa.String(256), nullable=False),
    sa.Column("roles", sa.Text, nullable=False),
    sa.Column("disabled", sa.Boolean, nullable=False),
)

# Made once: to build one and to look up how it was compiled costs more than to run it.
_ID_OF = sa.select(table.c.id).where(table.c.username_key == sa.bindparam("key"))
_ACCOUNT = sa.select(table).where(table.c.id == sa.bindparam("id"))


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


def engine_for(url: str) -> sa.Engine:
    """Make an engine whose every wait is bounded. Connects on first use."""
    parsed = sa.make_url(url)
    if parsed.get_backend_name() == "sqlite":
        engine = sa.create_engine(parsed, connect_args={"timeout": TIMEOUT_SECONDS})
        sa.event.listen(engine, "connect", _write_ahead)
        return engine
    options = f"-c statement_timeout={TIMEOUT_SECONDS * 1000}"
    engine = sa.create_engine(
        parsed.set(drivername="postgresql+psycopg"),
        pool_pre_ping=True,
        pool_timeout=TIMEOUT_SECONDS,
        connect_args={"connect_timeout": TIMEOUT_SECONDS, "options": options},
    )
    sa.event.listen(engine, "do_connect", _connect)
    return engine


def _connect(_: Any, __: Any, arguments: Any, options: Any) -> BoundedConnection:
    return BoundedConnection.connect(*arguments, **options)


def _write_ahead(connection: Any, _: Any) -> None:
    # Readers then do not wait for a writer in another process.
    connection.execute("PRAGMA journal_mode=WAL")


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
        """Return the id behind a name. It never changes, so it may be read before anything else."""
        with self._begin() as connection:
            return connection.scalar(_ID_OF, {"key": key_of(username)})

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
        """Add an account. Raises UsernameTaken."""
        account = Account(
            secrets.token_urlsafe(16), username, password_hash, tuple(roles), disabled=False
        )
        try:
            with self._begin() as connection:
                connection.execute(
                    table.insert().values(
                        id=account.id,
                        username=username,
                        username_key=key_of(username),
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
