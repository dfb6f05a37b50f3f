"""Brings the database to the newest layout; several may try at once."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy.exc import SQLAlchemyError

from auth.errors import AccountsUnavailable


def migrate(database_url: str, revision: str = "head") -> None:
    """Run every migration up to `revision` that has not run yet. Raises AccountsUnavailable."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    config.attributes["url"] = database_url
    try:
        command.upgrade(config, revision)
    except SQLAlchemyError as error:
        raise AccountsUnavailable from error
