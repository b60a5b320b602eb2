"""An engine for the warehouse's URL, and the tables in it brought to the newest form. SQLite and PostgreSQL as equals."""

import sqlite3
import sys
import time
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url, text

VERSION_TABLE = "soundings_version"
MIGRATIONS = Path(__file__).parent / "migrations"
WAIT_SECONDS = 30


def engine_of(url: str) -> Engine:
    """An engine whose transactions begin as writers where `execution_options(is_writer=True)` says so. ValueError for other databases."""
    name = make_url(url).get_backend_name()
    if name == "postgresql":
        return create_engine(url, connect_args={"options": "-c timezone=utc"}, pool_pre_ping=True)
    if name != "sqlite":
        message = f"the warehouse is SQLite or PostgreSQL, not {name}: write sqlite:///FILE or postgresql+psycopg://…"
        raise ValueError(message)
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS})
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: Any, _record: Any) -> None:
    """Durable at every commit, and the driver leaves transactions to us."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """A writer takes its place at once: one that only finds out later that it writes is refused instead of waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("is_writer") else "BEGIN")


def _switch_to_wal(engine: Engine) -> None:
    """Readers beside a writer. Two processes that switch a new file at once are refused in spite of the busy timeout, so ask again."""
    deadline = time.monotonic() + WAIT_SECONDS
    raw = engine.raw_connection()
    try:
        while True:
            try:
                raw.cursor().execute("PRAGMA journal_mode = WAL")
            except sqlite3.OperationalError as error:
                if "locked" not in str(error) or time.monotonic() > deadline:
                    raise
                time.sleep(0.05)
            else:
                return
    finally:
        raw.close()


def compact(engine: Engine) -> None:
    """Give up the space of what was deleted or overwritten. SQLite's file holds nothing of it afterwards; PostgreSQL writes over it in time."""
    raw = engine.raw_connection()
    try:
        if engine.dialect.name == "postgresql":
            raw.driver_connection.autocommit = True  # type: ignore[union-attr]
        raw.cursor().execute("VACUUM")
        if engine.dialect.name == "sqlite":
            raw.cursor().execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        raw.invalidate()


def migrate(engine: Engine) -> None:
    """Bring the tables to the newest form in one transaction; several processes may do so at once."""
    from alembic import command  # noqa: PLC0415 - only where the warehouse is opened
    from alembic.config import Config  # noqa: PLC0415

    if engine.dialect.name == "sqlite":
        _switch_to_wal(engine)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(is_writer=True).begin() as connection:
        if engine.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(hashtext('soundings.migrate'))"))
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        sys.audit("soundings.migrate.written")
