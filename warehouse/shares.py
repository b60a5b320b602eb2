"""What of a source's records was taken and what was set aside lately, counted by table."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Table, func, select

from warehouse.schema import SIGNALS, pulls, quarantine

LATELY = timedelta(days=1)


def set_aside(connection: Connection, source: str, now: datetime) -> Iterator[dict[str, Any]]:
    """For each table with records that are still set aside: how many of the last day (else the newest pull), and how many rows their time has.

    A record that a later pull, reading some of the same time again, did not meet any more was corrected or taken out: it counts no longer.
    """
    starts = _last_readings(connection, source, now)
    if not starts:
        return
    met = quarantine.c.source == source, quarantine.c.last_seen_at >= min(starts)
    figures = quarantine.c.kind, quarantine.c.last_seen_at, func.count(), func.min(quarantine.c.quarantined_at)
    still: dict[str, list[tuple[int, datetime, datetime]]] = {}
    for kind, at, count, since in connection.execute(select(*figures).where(*met).group_by(quarantine.c.kind, quarantine.c.last_seen_at)):
        if at in starts:
            still.setdefault(kind, []).append((count, since, starts[at]))
    for kind, rows in sorted(still.items()):
        counts, sinces, begins = zip(*rows, strict=True)
        share = {"kind": kind, "count": sum(counts), "since": min(sinces)}
        if kind in SIGNALS:
            yield {**share, "taken": _taken(connection, SIGNALS[kind], source, min(begins))}
        elif not any(_taken(connection, table, source, min(begins)) for table in SIGNALS.values()):  # whole files, and no record came of another
            yield {**share, "taken": 0}


def _last_readings(connection: Connection, source: str, now: datetime) -> dict[datetime, datetime]:
    """When the pulls landed of whose time none has been read again since -> the start of that time."""
    landed = select(pulls.c.started_at, pulls.c.window_start, pulls.c.window_end).where(pulls.c.source == source, pulls.c.status != "failed")
    newest = connection.execute(landed.order_by(pulls.c.started_at.desc()).limit(1)).first()
    lately = connection.execute(landed.where(pulls.c.started_at >= min(newest.started_at, now - LATELY))).all() if newest else []
    starts: dict[datetime, datetime] = {}
    for at, start, end in lately:
        if not any(again.started_at > at and again.window_start < end and again.window_end > start for again in lately):
            starts[at] = min(start, starts.get(at, start))
    return starts


def _taken(connection: Connection, table: Table, source: str, start: datetime) -> int:
    chosen = select(func.count()).select_from(table).where(table.c.source == source, table.c.withdrawn_at.is_(None))
    if table.info["at"]:
        chosen = chosen.where(table.c[table.info["until"]] >= start)
    return connection.execute(chosen).scalar_one()


def files_read(connection: Connection, source: str) -> set[str]:
    """The configuration files of which the source brought values."""
    target = SIGNALS["config_changes"].c.target
    found = connection.scalars(select(target).distinct().where(SIGNALS["config_changes"].c.source == source))
    return {name.partition("#")[0] for name in found}
