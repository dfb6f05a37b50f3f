"""The database of the accounts: its table, and engines whose every wait is bounded."""

from typing import Any

import sqlalchemy as sa

from auth.postgres import BoundedConnection

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
    # Keeps names apart that look alike. Empty for older accounts whose name is ASCII.
    sa.Column("username_skeleton", sa.Text, nullable=True, unique=True),
)


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
