"""What of a source's records was taken and what was set aside lately, counted by table."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, select

from warehouse.schema import SIGNALS, pulls, quarantine

LATELY = timedelta(days=1)


def set_aside(connection: Connection, source: str, now: datetime) -> Iterator[dict[str, Any]]:
    """For each table with records in quarantine: how many the pulls of the last day (else the newest) met, and how many rows their time has."""
    landed = pulls.c.source == source, pulls.c.status != "failed"
    newest: datetime | None = connection.scalar(select(func.max(pulls.c.started_at)).where(*landed))
    if newest is None:
        return
    begun = min(newest, now - LATELY)
    start: datetime | None = connection.scalar(select(func.min(pulls.c.window_start)).where(*landed, pulls.c.started_at >= begun))
    met = quarantine.c.source == source, quarantine.c.last_seen_at >= begun
    counted = select(quarantine.c.kind, func.count().label("count"), func.min(quarantine.c.quarantined_at).label("since")).where(*met)
    for row in connection.execute(counted.group_by(quarantine.c.kind).order_by(quarantine.c.kind)):
        if row.kind in SIGNALS:
            yield {**row._asdict(), "taken": _taken(connection, SIGNALS[row.kind], source, start)}
        elif not any(_taken(connection, table, source, start) for table in SIGNALS.values()):  # whole files, and no record came of another
            yield {**row._asdict(), "taken": 0}


def _taken(connection: Connection, table: Table, source: str, start: datetime | None) -> int:
    chosen = select(func.count()).select_from(table).where(table.c.source == source, table.c.withdrawn_at.is_(None))
    if table.info["at"] and start:
        chosen = chosen.where(table.c[table.info["until"]] >= start)
    return connection.execute(chosen).scalar_one()


def files_read(connection: Connection, source: str) -> set[str]:
    """The configuration files of which the source brought values."""
    target = SIGNALS["config_changes"].c.target
    found = connection.scalars(select(target).distinct().where(SIGNALS["config_changes"].c.source == source))
    return {name.partition("#")[0] for name in found}
