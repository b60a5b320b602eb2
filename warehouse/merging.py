"""Merge: what was derived, put beside what was derived before. Nothing is deleted; what no longer holds is withdrawn."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from warehouse.columns import Texts
from warehouse.loading import insert


@dataclass(frozen=True, slots=True)
class Merged:
    """How many rows a merge changed."""

    inserted: int
    updated: int
    unchanged: int
    withdrawn: int


def merged(connection: Connection, table: Table, rows: Sequence[dict[str, Any]], now: datetime, *, withdraw_missing: bool) -> Merged:
    """Insert new keys, update changed ones, withdraw those that are missing. ValueError for rows the table has no place for."""
    names = _names(table, rows)
    known = {row.key: row for row in connection.execute(select(table))}
    new = {row["key"]: {name: _plain(table, name, value) for name, value in row.items()} for row in rows}
    fresh = [{**row, "first_seen_at": now} for key, row in new.items() if key not in known]
    changed = [{**row, "_key": key} for key, row in new.items() if key in known and _differs(known[key], row)]
    missing = [{"_key": key} for key, row in known.items() if key not in new and row.withdrawn_at is None] if withdraw_missing else []
    chosen = update(table).where(table.c.key == bindparam("_key"))
    if fresh:
        connection.execute(table.insert(), fresh)
    if changed:
        connection.execute(chosen.values({**{name: bindparam(name) for name in names}, "withdrawn_at": None}), changed)
    if missing:
        connection.execute(chosen.values(withdrawn_at=now), missing)
    return Merged(len(fresh), len(changed), len(new) - len(fresh) - len(changed), len(missing))


def _names(table: Table, rows: Sequence[Mapping[str, Any]]) -> list[str]:
    names = list(rows[0]) if rows else []
    unknown = {name for row in rows for name in row} - set(table.columns.keys())
    uneven = [row.get("key") for row in rows if list(row) != names]
    if unknown or uneven or (rows and "key" not in names):
        message = f"rows for {table.name} need a key and the same known columns each; unknown: {sorted(unknown)}, uneven: {uneven[:3]}"
        raise ValueError(message)
    return names


def _plain(table: Table, name: str, value: Any) -> Any:
    """The value as it will be read back, so that equal means equal."""
    return list(value) if isinstance(table.c[name].type, Texts) and value is not None else value


def _differs(known: Any, row: Mapping[str, Any]) -> bool:
    return known.withdrawn_at is not None or any(getattr(known, name) != value for name, value in row.items())


def added(connection: Connection, table: Table, rows: Sequence[dict[str, Any]]) -> int:
    """How many of the rows were new. Rows whose key is known stay as they are, whoever wrote them."""
    insertion = insert(connection, table).on_conflict_do_nothing().returning(table.c.key)
    return sum(len(connection.execute(insertion, row).all()) for row in rows)
