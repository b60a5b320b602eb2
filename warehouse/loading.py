"""Many rows into one table at the speed of the database's own driver: executemany on SQLite, COPY on PostgreSQL.

A row whose identity is known is written again only where it differs, so that a re-read costs little and changes nothing. Of two versions of
one record the newer wins, whatever order they come in: by `changed_at_source`, and where that is equal or absent the one that came last. A row
of an earlier pull gives way to an older version only where it had been withdrawn, or where its own stamp lies in the future and so is a mistake.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Any

from psycopg import sql
from sqlalchemy import ColumnElement, Connection, Table, and_, bindparam, case, column, literal_column, not_, null, or_, select, table
from sqlalchemy.dialects import postgresql, sqlite

from warehouse.columns import instant_text
from warehouse.fitting import Row

_CLOCKS_DIFFER = timedelta(days=1)  # what is stamped later than that after the present is a mistake
_inserts: dict[str, Callable[[Table], Any]] = {"postgresql": postgresql.insert, "sqlite": sqlite.insert}


def insert(connection: Connection, target: Table) -> postgresql.Insert:
    """The database's own INSERT, which knows ON CONFLICT."""
    insertion: postgresql.Insert = _inserts[connection.dialect.name](target)
    return insertion


def _upsert(
    insertion: postgresql.Insert, target: Table, names: Sequence[str], unpublished: Sequence[int], latest: ColumnElement[Any]
) -> postgresql.Insert:
    """Insert, or update where something but `raw` differs, where the row had been withdrawn, or where no pull has published it yet."""
    new = insertion.excluded
    identity = [key.name for key in target.primary_key]
    compared = [name for name in names if name not in {*identity, "raw"}]
    is_newer = or_(not_(_is_older(new, target.c, latest)), target.c.withdrawn_at.is_not(None))
    reasons = [and_(or_(*(target.c[name].is_distinct_from(new[name]) for name in compared)), is_newer), target.c.withdrawn_at.is_not(None)]
    written: dict[str, Any] = {name: new[name] for name in (*compared, "raw")}
    if unpublished:
        reasons.append(target.c.landed_by.in_([literal_column(str(pull)) for pull in unpublished]))
        written = {name: case((is_newer, value), else_=target.c[name]) for name, value in written.items()}
    written |= {"landed_by": new.landed_by, "withdrawn_at": null()}
    return insertion.on_conflict_do_update(index_elements=identity, set_=written, where=or_(*reasons))


def _is_older(new: Any, known: Any, latest: ColumnElement[Any]) -> ColumnElement[bool]:
    """Whether what comes is an older version than what is here. Stamps that cannot be compared say no, never nothing."""
    stamp = known.changed_at_source
    is_told = and_(new.changed_at_source.is_not(None), stamp.is_not(None))
    return and_(is_told, new.changed_at_source < stamp, or_(stamp <= latest, known.landed_by == new.landed_by))


def batch_writer(
    connection: Connection, target: Table, names: Sequence[str], *, pull_id: int, unpublished: Sequence[int], now: datetime
) -> Callable[[Iterable[Row]], object]:
    """A function that upserts a batch (identities unique within it, values in the order of `names`) in the connection's transaction.

    `names` are in the order of the table's columns. Rows that the `unpublished` pulls landed are taken over by this pull.
    """
    # The same for each row and ours, so written into the statement.
    typed = "" if connection.dialect.name == "sqlite" else "::timestamptz"
    present: ColumnElement[Any] = literal_column(f"'{instant_text(now)}'{typed}")
    latest: ColumnElement[Any] = literal_column(f"'{instant_text(now + _CLOCKS_DIFFER)}'{typed}")
    constants: dict[str, Any] = {"first_seen_at": present, "landed_by": literal_column(str(pull_id))}
    insertion = insert(connection, target)
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "sqlite":
        given = insertion.values({**{name: bindparam(name) for name in names}, **constants})
        return partial(cursor.executemany, str(_upsert(given, target, names, unpublished, latest).compile(dialect=connection.dialect)))
    landing = table(f"landing_{target.name}", *map(column, names))
    chosen = insertion.from_select([*names, *constants], select(*landing.c, *constants.values()))
    places = {"landing": sql.Identifier(landing.name), "target": sql.Identifier(target.name), "names": sql.SQL(", ").join(map(sql.Identifier, names))}
    cursor.execute(sql.SQL("CREATE TEMP TABLE {landing} ON COMMIT DROP AS SELECT {names} FROM {target} WITH NO DATA").format(**places))
    return partial(_copy, cursor, places, str(_upsert(chosen, target, names, unpublished, latest).compile(dialect=connection.dialect)))


def _copy(cursor: Any, places: Mapping[str, sql.Composable], statement: str, rows: Iterable[Row]) -> None:
    """COPY into the temporary table, then one statement from there. Emptied in the transaction that made it, it costs next to nothing again."""
    with cursor.copy(sql.SQL("COPY {landing} ({names}) FROM STDIN").format(**places)) as copy:
        for row in rows:
            copy.write_row(row)
    cursor.execute(statement)
    cursor.execute(sql.SQL("TRUNCATE {landing}").format(**places))
