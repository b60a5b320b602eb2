"""Rows as frames and frames as rows. A column's type follows from its table, never from the values that happen to be there."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, cast

from sqlalchemy import Boolean, Column, ColumnElement, Connection, Float, Select, Table, Text, select

from warehouse.columns import Instant, Json, Number, Raw, Texts
from warehouse.views import published

if TYPE_CHECKING:
    from pandas import DataFrame, Series
    from pandas.api.extensions import ExtensionArray

ROWS_AT_ONCE = 20_000


def selection(
    table: Table,
    columns: Sequence[str] | None,
    where: Mapping[str, Any],
    *,
    without: Collection[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    is_withdrawn_too: bool = False,
) -> Select[Any]:
    """The published rows that match, in the order of their key. KeyError for a column the table does not have."""
    kept = [column for column in table.columns if not isinstance(column.type, Raw) and column.name not in without]
    chosen = [table.c[name] for name in columns] if columns else kept
    query = select(*chosen).order_by(*table.primary_key).where(*(_matches(table.c[name], value) for name, value in where.items()))
    if since:
        query = query.where(table.c[table.info["until"]] >= since)
    if until:
        query = query.where(table.c[table.info["at"]] < until)
    if "withdrawn_at" in table.c and not is_withdrawn_too:
        query = query.where(table.c.withdrawn_at.is_(None))
    return query.where(published(table.c.landed_by)) if "landed_by" in table.c else query


def _matches(column: Column[Any], value: Any) -> ColumnElement[bool]:
    return column.in_(value) if isinstance(value, (list, tuple, set, frozenset)) else column.is_not_distinct_from(value)


def frame(connection: Connection, query: Select[Any]) -> "DataFrame":
    """The rows as a frame: instants `datetime64[us, UTC]`, text `str`, lists Python lists, whole numbers `Int64`, truth `bool` or `boolean`."""
    import pandas as pd  # noqa: PLC0415 - two seconds the command line does not need

    columns: list[Any] = list(query.selected_columns)
    found = list(parts(connection, query)) or [_part(columns, [()] * len(columns))]
    return pd.concat(found, ignore_index=True) if len(found) > 1 else found[0]


def parts(connection: Connection, query: Select[Any]) -> "Iterator[DataFrame]":
    """The same, ROWS_AT_ONCE in each frame; none where there are no rows."""
    columns: list[Any] = list(query.selected_columns)
    result = connection.execute(query, execution_options={"yield_per": ROWS_AT_ONCE})
    return (_part(columns, list(zip(*rows, strict=True))) for rows in result.partitions())


def _part(columns: Sequence[Column[Any]], values: Sequence[Sequence[Any]]) -> "DataFrame":
    """Some rows as a frame; a text they repeat is held once, and neighbours in the order of the key repeat each other in most columns."""
    import pandas as pd  # noqa: PLC0415

    held: dict[str, str] = {}
    return pd.DataFrame({column.name: _values(column, cells, held) for column, cells in zip(columns, values, strict=True)})


def _values(column: Column[Any], cells: Sequence[Any], held: dict[str, str]) -> "Series[Any] | ExtensionArray":
    import pandas as pd  # noqa: PLC0415

    kind = column.type
    if isinstance(kind, Texts):
        cells = [cell and [held.setdefault(text, text) for text in cell] for cell in cells]
    elif isinstance(kind, Text):
        cells = [cell and held.setdefault(cell, cell) for cell in cells]
    dtype: Any = _dtype(column)
    values: Series[Any] | ExtensionArray  # lists of one length would become a table as an array
    values = pd.Series(cells, dtype=dtype) if dtype == "object" else pd.array(cells, dtype=dtype)
    return values


def _dtype(column: Column[Any]) -> str:
    kind = column.type
    if isinstance(kind, Instant):
        return "datetime64[us, UTC]"
    if isinstance(kind, (Json, Raw)):
        return "object"
    if isinstance(kind, Boolean):
        return "boolean" if column.nullable else "bool"
    if isinstance(kind, Float):
        return "float64"
    return "Int64" if isinstance(kind, type(Number)) else "str"


def rows_of(rows: "DataFrame | Iterable[Mapping[str, Any]]") -> list[dict[str, Any]]:
    """A frame's rows as mappings of plain Python values, None where something is missing; other mappings as they are."""
    if not hasattr(rows, "notna"):
        return [dict(row) for row in rows]
    frame = cast("DataFrame", rows)
    plain = frame.astype(object).where(frame.notna(), None)
    return [{str(name): value for name, value in row.items()} for row in plain.to_dict("records")]


def landed_rows(table: Table, pull_id: int, columns: Sequence[str]) -> Select[Any]:
    """What landed in a pull and is still there, checked or not."""
    chosen = [table.c[name] for name in columns]
    return select(*chosen).where(table.c.landed_by == pull_id, table.c.withdrawn_at.is_(None)).order_by(*table.primary_key)
