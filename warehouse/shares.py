"""What of a source's records was set aside: how much of the last ones, by table, and which of them were since taken or taken out."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from itertools import groupby
from operator import attrgetter
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


def settled(connection: Connection) -> set[int]:
    """The rows of quarantine that are so no longer: taken since, or not met any more when all of the time of their pull was read again."""
    taken = [_taken_since(connection, kind, table) for kind, table in SIGNALS.items()]
    rows = connection.execute(select(quarantine.c.id, quarantine.c.source, quarantine.c.last_seen_at)).all()
    again = {source: _read_again(connection, source) for source in {row.source for row in rows}}
    return set().union(*taken) | {row.id for row in rows if row.last_seen_at in again[row.source]}


def _taken_since(connection: Connection, kind: str, table: Table) -> set[int]:
    same = quarantine.c.kind == kind, quarantine.c.source == table.c.source, quarantine.c.native_id == table.c.native_id
    later = pulls.c.id == table.c.landed_by, pulls.c.started_at > quarantine.c.last_seen_at, table.c.withdrawn_at.is_(None)
    return set(connection.scalars(select(quarantine.c.id).where(*same, *later)))


def _read_again(connection: Connection, source: str) -> set[datetime]:
    """When the pulls landed all of whose time later ones have read again."""
    landed = select(pulls.c.started_at, pulls.c.window_start, pulls.c.window_end).where(pulls.c.source == source, pulls.c.status != "failed")
    found: set[datetime] = set()
    since: list[tuple[datetime, datetime]] = []  # what was read later, as few windows as possible, in order
    for at, together in groupby(connection.execute(landed.order_by(pulls.c.started_at.desc())), key=attrgetter("started_at")):
        windows = [(row.window_start, row.window_end) for row in together]
        if all(any(begins <= start and end <= ends for begins, ends in since) for start, end in windows):
            found.add(at)
        since = _joined([*since, *windows])
    return found


def _joined(windows: Iterable[tuple[datetime, datetime]]) -> list[tuple[datetime, datetime]]:
    joined: list[tuple[datetime, datetime]] = []
    for start, end in sorted(windows):
        if joined and start <= joined[-1][1]:
            joined[-1] = joined[-1][0], max(end, joined[-1][1])
        else:
            joined.append((start, end))
    return joined


def files_read(connection: Connection, source: str) -> set[str]:
    """The configuration files of which the source brought values."""
    target = SIGNALS["config_changes"].c.target
    found = connection.scalars(select(target).distinct().where(SIGNALS["config_changes"].c.source == source))
    return {name.partition("#")[0] for name in found}
