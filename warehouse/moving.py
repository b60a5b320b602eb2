"""Everything from one warehouse into another, empty one: SQLite to PostgreSQL as an organisation grows, or back."""

import sys
from typing import Any

from sqlalchemy import Connection, LargeBinary, Table, TableClause, Text, column, exists, false, func, select, table
from sqlalchemy.types import TypeEngine

from warehouse.columns import Json, Raw
from warehouse.faults import shown
from warehouse.schema import metadata
from warehouse.store import Store

CHUNK = 5_000


def move(origin: Store, target: Store) -> dict[str, int]:
    """Rows copied, by table, as they are stored: numbers, codes and times stay. All of it or nothing, and nobody writes to either meanwhile.

    The origin stays as it is. ValueError where the target holds rows already.
    """
    with target.reading() as looking:
        taken = [name for name, known in metadata.tables.items() if looking.scalar(select(exists().select_from(known)))]
    if taken:
        message = f"{shown(target.engine.url)} holds rows already ({', '.join(taken)}); name an empty database"
        raise ValueError(message)
    with origin.rewriting() as reading, target.rewriting() as writing:
        counts = {known.name: _copied(reading, writing, known) for known in metadata.sorted_tables}
        sys.audit("soundings.move.written")
    return counts


def _stored(kind: TypeEngine[Any]) -> TypeEngine[Any]:
    """The type without our reading of it, so that what is copied is what is there."""
    return LargeBinary() if isinstance(kind, Raw) else Text() if isinstance(kind, Json) else kind


def _copied(reading: Connection, writing: Connection, known: Table) -> int:
    """How many rows the table has there. RuntimeError where that is not what was read."""
    plain = table(known.name, *(column(each.name, _stored(each.type)) for each in known.columns))
    count = 0
    for rows in reading.execution_options(yield_per=CHUNK).execute(select(plain)).partitions():
        writing.execute(plain.insert(), [row._asdict() for row in rows])
        count += len(rows)
    if (there := writing.scalar(select(func.count()).select_from(plain))) != count:
        message = f"{known.name}: {count} rows were read and {there} are there"
        raise RuntimeError(message)
    _go_on_counting(writing, known, plain)
    return count


def _go_on_counting(writing: Connection, known: Table, plain: TableClause) -> None:
    """PostgreSQL gives out numbers by itself: the next one comes after those that were copied."""
    if writing.dialect.name == "postgresql" and known.autoincrement_column is not None:
        name = known.autoincrement_column.name
        following = 1 + (writing.scalar(select(func.max(plain.c[name]))) or 0)
        writing.execute(select(func.setval(func.pg_get_serial_sequence(known.name, name), following, false())))
