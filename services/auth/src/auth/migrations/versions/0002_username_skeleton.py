"""A column that keeps names apart that look alike (auth.lookalikes).

Safe beside the version before it, which does not name the column: it may be empty. Names of ASCII
characters need no value, since their skeleton is their key. Of two older accounts that look alike,
the second one keeps an empty value; both go on as before.
"""

from typing import Any

import sqlalchemy as sa
from alembic import op

from auth.lookalikes import skeleton
from auth.usernames import key_of

revision = "0002"
down_revision = "0001"

_accounts = sa.table("accounts", sa.column("id"), sa.column("username"), sa.column("username_key"))


def upgrade() -> None:
    """Add the column, fill it for names beyond ASCII, and make its values unique."""
    op.add_column("accounts", sa.Column("username_skeleton", sa.Text, nullable=True))
    connection, seen = op.get_bind(), set[str]()
    for account_id, username in connection.execute(_beyond_ascii(connection.dialect.name)):
        look = skeleton(key_of(username))
        if look in seen:
            continue
        seen.add(look)
        change = sa.text("UPDATE accounts SET username_skeleton = :look WHERE id = :id")
        connection.execute(change, {"look": look, "id": account_id})
    op.create_index("accounts_username_skeleton", "accounts", ["username_skeleton"], unique=True)


def downgrade() -> None:
    """Drop the column."""
    op.drop_index("accounts_username_skeleton", "accounts")
    op.drop_column("accounts", "username_skeleton")


def _beyond_ascii(dialect: str) -> sa.Select[Any]:
    key = _accounts.c.username_key
    octets = sa.func.octet_length(key)
    if dialect == "sqlite":  # its octet_length is of 2023
        octets = sa.func.length(sa.cast(key, sa.LargeBinary))
    columns = sa.select(_accounts.c.id, _accounts.c.username)
    return columns.where(octets != sa.func.length(key)).order_by(_accounts.c.id)
