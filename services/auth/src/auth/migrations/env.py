"""Alembic's entry: runs migrations on the engine that the service uses."""

from alembic import context

from auth.database import engine_for, metadata

_engine = engine_for(context.config.attributes["url"])
with _engine.begin() as _connection:
    if _connection.dialect.name == "postgresql":
        _connection.exec_driver_sql("SELECT pg_advisory_xact_lock(4846)")
    context.configure(connection=_connection, target_metadata=metadata)
    context.run_migrations()
_engine.dispose()
