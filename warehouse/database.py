"""An engine for the warehouse's URL, and the tables in it brought to the newest form. SQLite and PostgreSQL as equals."""

import sqlite3
import sys
import time
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

import psycopg
from psycopg.conninfo import make_conninfo
from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from warehouse.faults import Unavailable, shown

VERSION_TABLE = "soundings_version"
MIGRATIONS = Path(__file__).parent / "migrations"
_DRIVERS = ("sqlite", "postgresql", "postgresql+psycopg")
_WRITE = "write sqlite:///FILE or postgresql+psycopg://USER@HOST/NAME"
WAIT_SECONDS = 120  # for another writer
SILENT_SECONDS = 60  # then PostgreSQL takes back the locks of a process that stopped inside a transaction
NETWORK = {"keepalives_idle": 30, "keepalives_interval": 10, "keepalives_count": 3}  # a server that vanished is noticed within a minute


def address(url: str) -> URL:
    """The parts of a warehouse's URL. ValueError, in words that repeat nothing of it, for what leads to no SQLite file and no PostgreSQL."""
    try:
        parts = make_url(url)
        make_conninfo(**{name: value if isinstance(value, str) else ",".join(value) for name, value in parts.query.items()})
    except (ArgumentError, ValueError):
        message = f"this is no address of a database; {_WRITE}"
        raise ValueError(message) from None
    except psycopg.ProgrammingError as error:
        message = f"{str(error).splitlines()[0]}; {_WRITE}, behind it `?` and options of PostgreSQL alone"
        raise ValueError(message) from None
    if parts.drivername not in _DRIVERS:
        message = f"the warehouse is SQLite or PostgreSQL, not {parts.drivername}; {_WRITE}"
        raise ValueError(message)
    if parts.drivername == "sqlite" and (parts.host or parts.query or parts.database in {None, "", ":memory:"}):
        message = "SQLite needs a file, and no options: write sqlite:///FILE"
        raise ValueError(message)
    return parts


def engine_of(url: str) -> Engine:
    """An engine for the warehouse's URL. ValueError as `address` says.

    A transaction writes where `execution_options(writer="beside")` says so. One that changes rows of everybody's says "alone": no other writes then,
    so no two can lock rows in opposite order.
    """
    parts = address(url)
    if parts.drivername != "sqlite":
        limits = {"timezone": "utc", "lock_timeout": f"{WAIT_SECONDS}s", "idle_in_transaction_session_timeout": f"{SILENT_SECONDS}s"}
        options = " ".join(f"-c {name}={value}" for name, value in limits.items())
        engine = create_engine(url, connect_args={"options": options, **NETWORK}, pool_pre_ping=True, hide_parameters=True)
        event.listen(engine, "begin", _take_turn)
        event.listen(engine, "after_cursor_execute", _stay_counted)
        return engine
    _make_private(Path(str(parts.database)))
    engine = create_engine(url, connect_args={"timeout": WAIT_SECONDS}, hide_parameters=True)
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _make_private(file: Path) -> None:
    """A new SQLite file is for this user alone, as are those SQLite lays beside it, and its folder where that is new. What is there stays."""
    with suppress(OSError):  # opening the database says what is wrong
        file.parent.mkdir(mode=0o700, exist_ok=True)
        file.touch(mode=0o600, exist_ok=False)


def _take_turn(connection: Connection) -> None:
    """PostgreSQL: those that write beside each other share a lock, which one that writes alone has for itself."""
    if writer := connection.get_execution_options().get("writer"):
        lock = "pg_advisory_xact_lock" if writer == "alone" else "pg_advisory_xact_lock_shared"
        connection.exec_driver_sql(f"SELECT {lock}(hashtext('soundings.write'))")


def _stay_counted(_connection: Connection, cursor: Any, _statement: str, _parameters: Any, _context: Any, is_many: bool) -> None:
    """The driver ends executemany with a flush, after which PostgreSQL does not count how long the transaction is idle. A question makes it."""
    if is_many:
        cursor.connection.execute("SELECT")


def _prepare(connection: Any, _record: Any) -> None:
    """Durable at every commit, and the driver leaves transactions to us."""
    connection.isolation_level = None
    connection.execute(f"PRAGMA busy_timeout = {WAIT_SECONDS * 1000}")
    connection.execute("PRAGMA synchronous = FULL")
    connection.execute("PRAGMA foreign_keys = ON")


def _begin(connection: Connection) -> None:
    """SQLite: a writer takes its place at once: one that only finds out later that it writes is refused instead of waiting."""
    connection.exec_driver_sql("BEGIN IMMEDIATE" if connection.get_execution_options().get("writer") else "BEGIN")


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
    """Bring the tables to the newest form in one transaction; several processes may do so at once, and nobody waits where there is nothing to do.

    Raises Unavailable where the tables are of a newer form than this code knows.
    """
    from alembic import command  # noqa: PLC0415 - only where the warehouse is opened
    from alembic.config import Config  # noqa: PLC0415

    if engine.dialect.name == "sqlite":
        _switch_to_wal(engine)
    with engine.begin() as connection:
        if _is_newest(connection):
            return
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.execution_options(writer="alone").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
        sys.audit("soundings.migrate.written")
    sys.audit("soundings.migrate.committed")


@cache
def _revisions(migrations: Path) -> list[str]:
    """The forms this code knows, the newest first."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415

    return [script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()]


def _is_newest(connection: Connection) -> bool:
    from alembic.migration import MigrationContext  # noqa: PLC0415

    found = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE}).get_current_revision()
    known = _revisions(MIGRATIONS)
    if found and found not in known:
        message = (
            f"the warehouse {shown(connection.engine.url)} is of form {found}, and this version of Soundings knows {known[0]}: update it here, too"
        )
        raise Unavailable(message)
    return found == known[0]
