"""The schema's version: created where there is none, brought up where it is older, refused otherwise."""

import logging
from threading import Lock

from sqlalchemy import Connection, inspect, text

from archive.errors import StoreMismatch
from archive.store.database import Database, no_database
from archive.store.migrations import HEAD

_VERSIONS = "alembic_version"
_SCRIPTS = "archive.store:migrations"
_ADVISORY_LOCK = 0x66696E657773  # "finews": any number that no other program locks by
_ALEMBIC_LOCK = Lock()  # its `context` is one for the whole process


def bring_up(database: Database, *, create: bool = True) -> bool:
    """Bring the schema to this version; whether anything had to be done.

    Raises `StoreMismatch` for a database of another program, or of a newer version of this one, and
    `StoreUnavailable` for an empty one that is to stay so.
    """
    with database.reading() as connection:
        revision = revision_of(connection, database.shown)
    if revision is None and not create:
        raise no_database(database.shown)
    done = revision == HEAD
    if not done:
        database.write(lambda connection: _migrate(connection, database.shown))
    database.use_wal()
    return not done


def revision_of(connection: Connection, shown: str) -> str | None:
    """The revision that the database is at; None for an empty one."""
    tables = set(inspect(connection).get_table_names())
    if _VERSIONS in tables:
        found = connection.execute(text(f"SELECT version_num FROM {_VERSIONS}")).scalar()  # noqa: S608 a constant
        if found:
            return str(found)
    if others := sorted(tables - {_VERSIONS}):
        raise StoreMismatch(f"{shown}: has tables of another program ({', '.join(others[:3])}); name another")
    return None


def known_revisions() -> frozenset[str]:
    """The schemas that this version knows, itself and older ones."""
    from alembic.config import Config  # noqa: PLC0415 as below
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    config = Config()
    config.set_main_option("script_location", _SCRIPTS)
    return frozenset(one.revision for one in ScriptDirectory.from_config(config).walk_revisions())


def _migrate(connection: Connection, shown: str) -> None:
    # Loaded here: it takes longer than all else at the start, and only a new or an old database needs it.
    from alembic import command  # noqa: PLC0415
    from alembic.config import Config  # noqa: PLC0415

    logging.getLogger("alembic").setLevel(logging.WARNING)  # its steps are nobody's news
    if connection.dialect.name == "postgresql":  # SQLite's writers exclude each other anyway
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _ADVISORY_LOCK})
    config = Config(attributes={"connection": connection})
    config.set_main_option("script_location", _SCRIPTS)
    revision = revision_of(connection, shown)
    with _ALEMBIC_LOCK:
        if revision is not None and revision not in known_revisions():
            raise StoreMismatch(
                f"{shown}: written by a newer version of finews-archive, or by another program (schema "
                f"{revision}; this version knows up to {HEAD}): update it, or name another database"
            )
        command.upgrade(config, "head")
