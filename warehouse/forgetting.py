"""Taking names out of every table. What a row says about a person goes; that something happened stays."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Table, Text, delete, exists, select, update

from warehouse.columns import Json, Raw
from warehouse.schema import etags, facts, metadata, severities, stretches

CHUNK = 1_000
NOBODYS = (etags, facts, severities)  # tables that hold no vendor's text
OURS = ("source", "tracker")  # names out of soundings.toml

Scrub = Callable[[str], str]


def forgotten(connection: Connection, scrub: Scrub, now: datetime) -> int:
    """How many rows had a text that `scrub` changes. Their vendor's record is cleared, a stretch of the person withdrawn."""
    tables = [table for table in metadata.tables.values() if table not in NOBODYS]
    return sum(_write(connection, table, list(_changes(connection, table, scrub)), now) for table in tables)


def _changes(connection: Connection, table: Table, scrub: Scrub) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Identity and new values of every row that changes."""
    looked_at = [column for column in table.columns if isinstance(column.type, (Text, Json, Raw)) and column.name not in OURS]
    identity = [column for column in table.primary_key if column not in looked_at]
    chosen = select(*identity, *looked_at).execution_options(yield_per=CHUNK)
    for row in connection.execute(chosen):
        values = row._asdict()
        new = {column.name: _scrubbed(column, values[column.name], scrub) for column in looked_at}
        changes = {name: value for name, value in new.items() if value != values[name]}
        if changes:
            yield {key.name: values[key.name] for key in table.primary_key}, changes | ({"raw": None} if "raw" in table.c else {})


def _scrubbed(column: Column[Any], value: Any, scrub: Scrub) -> Any:
    new = _deep(value, scrub)
    return None if isinstance(column.type, Raw) and new != value else new


def _deep(value: Any, scrub: Scrub) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _deep(item, scrub) for key, item in value.items()}
    return [_deep(item, scrub) for item in value] if isinstance(value, list) else value


def _write(connection: Connection, table: Table, changes: list[tuple[dict[str, Any], dict[str, Any]]], now: datetime) -> int:
    """A row whose identity was a name may now be another one's: then one of them is enough."""
    for identity, new in changes:
        this = [table.c[name] == value for name, value in identity.items()]
        same = [table.c[name] == value for name, value in (identity | new).items() if name in identity]
        if new.keys() & identity.keys() and connection.execute(select(exists().where(*same))).scalar():
            connection.execute(delete(table).where(*this))
            continue
        withdrawn = {"withdrawn_at": now} if table is stretches and "person" in new else {}
        connection.execute(update(table).where(*this).values(**new, **withdrawn))
    return len(changes)
