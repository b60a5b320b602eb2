"""Land: rows, quarantine, withdrawals and the ledger line of one pull, in the one transaction of the given connection."""

import sys
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, bindparam, func, select, text, update

from signals.pulled import Snapshot
from signals.records import HAPPENED
from signals.windows import Window
from warehouse.fitting import NATIVE_ID, Column, Row, clean
from warehouse.intake import QUARANTINE, Received
from warehouse.ledger import attempts_before, name_readings, refuse_older
from warehouse.loading import batch_writer, insert
from warehouse.schema import SIGNALS, UNPUBLISHED, etags, pulls, quarantine


@dataclass(frozen=True, slots=True)
class Landing:
    """What came of one pull. received = loaded + unchanged + quarantined, always; `kinds` are the tables that changed.

    `earlier` and `later`: records that were read, lie before or after the window and were left for another one, beside those received.
    `attempts`: times the window was tried, with the failures just before. `requests`: how many it took.
    """

    pull_id: int
    received: int
    loaded: int
    unchanged: int
    quarantined: int
    withdrawn: int
    earlier: int
    later: int
    requests: int
    attempts: int
    kinds: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Answers:
    """What is known once a pull has been read: scopes it could not read (reason, HTTP status), what answers were called, requests made.

    `reading`: a hash of what says what was read.
    """

    degraded: Mapping[str, str]
    degraded_status: Mapping[str, int]
    etags: Mapping[str, str]
    requests: int
    reading: str | None = None


def landed(connection: Connection, received: Received, window: Window, answers: Answers, now: datetime, *, read_after: int | None = None) -> Landing:
    """Write everything a pull yielded. Landings of one source wait for each other; those of several sources do not."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(hashtext(:source))"), {"source": f"soundings.land.{received.source}"})
    if read_after is not None:
        refuse_older(connection, received.source, window, read_after)
    if answers.reading is not None:
        name_readings(connection, received.source, answers.reading)
    pull_id, attempts = _ledger_line(connection, received, window, answers, now)
    sys.audit("soundings.land.ledger_line")
    seen = _write(connection, received, pull_id, now)
    loaded = {name: _changed(connection, name, pull_id) for name in received.fits}
    withdrawn = _withdrawn(connection, received, seen, pull_id, now)
    sys.audit("soundings.land.rows")
    figures = {
        "loaded": sum(loaded.values()),
        "unchanged": received.count - received.quarantined - sum(loaded.values()),
        "withdrawn": sum(withdrawn.values()),
    }
    connection.execute(update(pulls).where(pulls.c.id == pull_id).values(**figures, detail=_detail(received, now)))
    _keep_etags(connection, received.source, answers.etags)
    sys.audit("soundings.land.written")
    kinds = tuple(name for name in SIGNALS if loaded.get(name) or withdrawn.get(name))
    return Landing(
        pull_id=pull_id,
        received=received.count,
        quarantined=received.quarantined,
        earlier=sum(outside.earlier for outside in received.outside),
        later=sum(outside.later for outside in received.outside),
        requests=answers.requests,
        attempts=attempts,
        kinds=kinds,
        **figures,
    )


def _ledger_line(connection: Connection, received: Received, window: Window, answers: Answers, now: datetime) -> tuple[int, int]:
    """Its number, and how often the window was tried."""
    line = {
        "source": received.source,
        "window_start": window.start,
        "window_end": window.end,
        "status": "landed",
        "attempts": 1 + attempts_before(connection, received.source, window),
        "received": received.count,
        "quarantined": received.quarantined,
        "requests": answers.requests,
        "degraded": {**answers.degraded, **received.unread},
        "degraded_status": dict(answers.degraded_status) or None,
        "reading": answers.reading,
        "started_at": now,
    }
    insertion = pulls.insert().values(**line, loaded=0, unchanged=0, withdrawn=0).returning(pulls.c.id, pulls.c.attempts)
    pull_id, attempts = connection.execute(insertion).one()
    return pull_id, attempts


def _write(connection: Connection, received: Received, pull_id: int, now: datetime) -> dict[str, set[int]]:
    """Every batch of the spool. Rows of earlier pulls that were never published become this pull's, to be checked with it.

    Comes back with hashes of the identities in each table that has a snapshot. Two that collide only keep a row from being withdrawn.
    """
    chosen = select(pulls.c.id).where(pulls.c.source == received.source, pulls.c.status.in_(UNPUBLISHED), pulls.c.id != pull_id)
    unpublished = connection.scalars(chosen).all()
    writers: dict[str, Callable[[Iterable[Row]], object]] = {}
    seen: dict[str, set[int]] = {snapshot.kind.about.table: set() for snapshot in received.snapshots}
    for name, columns in received.spool.batches():
        if name == QUARANTINE:
            _quarantine(connection, received.source, zip(*columns, strict=True), pull_id, now)
            continue
        if name not in writers:
            writers[name] = batch_writer(connection, SIGNALS[name], received.fits[name].names, pull_id=pull_id, unpublished=unpublished, now=now)
        writers[name](_newest(columns, received.fits[name].changed_at))
        if name in seen:
            seen[name].update(map(hash, columns[NATIVE_ID]))
        sys.audit("soundings.land.batch")
    return seen


def _newest(columns: Sequence[Column], changed_at: int) -> Iterable[Row]:
    """The rows of a batch, each identity once: the newest version, by the rule of `warehouse.loading`."""
    names, rows = columns[NATIVE_ID], zip(*columns, strict=True)
    if len(set(names)) == len(names):
        return rows
    newest: dict[str, Row] = {}
    for name, row in zip(names, rows, strict=True):
        known = newest.get(name, row)[changed_at]
        if known is None or row[changed_at] is None or row[changed_at] >= known:
            newest[name] = row
    return newest.values()


def _quarantine(connection: Connection, source: str, rows: Iterable[Row], pull_id: int, now: datetime) -> None:
    """Keep what could not be taken, each once."""
    insertion = insert(connection, quarantine)
    again = {"last_seen_at": insertion.excluded.last_seen_at, "reason": insertion.excluded.reason}
    names = ("kind", "native_id", "reason", "raw", "fingerprint")
    same = {"source": source, "pull_id": pull_id, "quarantined_at": now, "last_seen_at": now}
    lines = [{**dict(zip(names, row, strict=True)), **same} for row in rows]
    if lines:
        connection.execute(insertion.on_conflict_do_update(index_elements=["source", "kind", "fingerprint"], set_=again), lines)


def _changed(connection: Connection, name: str, pull_id: int) -> int:
    """Rows that are this pull's now; before it withdraws any, so that the index alone tells."""
    landed_by = SIGNALS[name].c.landed_by
    return connection.execute(select(func.count(landed_by)).where(landed_by == pull_id)).scalar_one()


def _withdrawn(connection: Connection, received: Received, seen: Mapping[str, set[int]], pull_id: int, now: datetime) -> dict[str, int]:
    """Rows each table lost, because a snapshot of their scope did not have them. A table with an unreadable record keeps all."""
    counts: dict[str, int] = {}
    for snapshot in received.snapshots:
        name = snapshot.kind.about.table
        if name in received.unreadable:
            continue
        gone = _gone(connection, received.source, snapshot, seen[name])
        if gone:
            table = SIGNALS[name]
            chosen = update(table).where(table.c.source == received.source, table.c.native_id == bindparam("gone"))
            connection.execute(chosen.values(withdrawn_at=now, landed_by=pull_id), [{"gone": native_id} for native_id in gone])
        counts[name] = counts.get(name, 0) + len(gone)
    return counts


def _gone(connection: Connection, source: str, snapshot: Snapshot, seen: Collection[int]) -> list[str]:
    """Identities of the snapshot's scope and window that it did not have."""
    name = snapshot.kind.about.table
    table = SIGNALS[name]
    known = select(table.c.native_id).where(table.c.source == source, table.c.scope == snapshot.scope, table.c.withdrawn_at.is_(None))
    if name in HAPPENED:
        starts, ends = table.c[HAPPENED[name]], table.c[table.info["until"]]
        begun = ends >= snapshot.window.start if starts is ends else ends > snapshot.window.start
        known = known.where(starts < snapshot.window.end, begun)
    return [native_id for native_id in connection.scalars(known) if hash(native_id) not in seen]


def _detail(received: Received, now: datetime) -> str | None:
    """What a person should know about the pull, on one line. Shifts are known ahead; anything else from the future may be a mistake."""
    kept = sorted({snapshot.kind.about.table for snapshot in received.snapshots} & received.unreadable)
    said = [f"nothing was withdrawn from {', '.join(kept)}: some of the records could not be read"] if kept else []
    said += [
        f"{some.later} of the {some.kind} lie in the future, the last ({some.where}) at {some.last_at:%Y-%m-%d %H:%M} UTC: "
        "they are taken when their time has come; correct them where that is a mistake"
        for some in received.outside
        if some.last_at and some.last_at > now and some.kind != "shifts"
    ]
    said += [f"{table}: {name} is left out in {count} of the records ({first})" for (table, name), (count, first) in received.left_out.items()]
    return clean("; ".join(said)) or None


def _keep_etags(connection: Connection, source: str, known: Mapping[str, str]) -> None:
    lines: list[dict[str, Any]] = [{"source": source, "url_hash": url_hash, "etag": etag} for url_hash, etag in known.items()]
    if lines:
        insertion = insert(connection, etags)
        connection.execute(insertion.on_conflict_do_update(index_elements=["source", "url_hash"], set_={"etag": insertion.excluded.etag}), lines)
