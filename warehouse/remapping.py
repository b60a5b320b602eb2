"""The services of rows that landed under an earlier [services] table."""

from collections.abc import Callable, Iterator
from dataclasses import fields
from typing import Any

from sqlalchemy import Connection, Table, bindparam, select, update

from signals.record import Record
from signals.records import BESIDE, RECORDS
from warehouse.schema import SIGNALS

CHUNK = 5_000


def remapped(connection: Connection, service_of: Callable[[Record], str | None]) -> int:
    """How many rows got another service."""
    count = 0
    for name, kind in RECORDS.items():
        table = SIGNALS[name]
        changes = list(_moved(connection, table, kind, service_of))
        chosen = update(table).where(table.c.source == bindparam("_source"), table.c.native_id == bindparam("_native_id"))
        if changes:
            connection.execute(chosen.values(service=bindparam("_service")), changes)
        count += len(changes)
    return count


def _moved(connection: Connection, table: Table, kind: type[Record], service_of: Callable[[Record], str | None]) -> Iterator[dict[str, Any]]:
    names = [field.name for field in fields(kind) if field.name not in BESIDE]
    chosen = select(table.c.source, table.c.service, *(table.c[name] for name in names)).execution_options(yield_per=CHUNK)
    for source, service, *values in connection.execute(chosen):
        stored: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in zip(names, values, strict=True)}
        record = kind(**stored)
        if (now_service := service_of(record)) != service:
            yield {"_source": source, "_native_id": record.native_id, "_service": now_service}
