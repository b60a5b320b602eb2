"""What a single slice cannot show: too much in quarantine, unusual volume, silence, references to nothing."""

from collections.abc import Iterator
from datetime import timedelta
from statistics import median
from typing import Any

from sqlalchemy import Column, Connection, Table, exists, func, select

from signals.pulled import COVERING
from warehouse.schema import SIGNALS, pulls, quarantine
from warehouse.suites import Finding

MOST_QUARANTINED = 0.05  # a larger share than this means that the format changed
FEW_QUARANTINED = 20  # and a pull with fewer is never held back for it
COMPARED = timedelta(days=28)
FEW_PULLS = 4
FEW_RECORDS = 20  # volumes are not compared where fewer are expected
UNUSUAL = 4  # so many times more, or less
REMEMBERED = timedelta(days=84)
SILENCE = 7  # times the usual time between two rows
SHORTEST_SILENCE = timedelta(days=1)


def pull_findings(connection: Connection, pull_id: int) -> list[Finding]:
    """What is unusual about the pull, as rows of `checks`. LookupError where there is no such pull."""
    pull = connection.execute(select(pulls).where(pulls.c.id == pull_id)).first()
    if pull is None:
        message = f"there is no pull {pull_id}"
        raise LookupError(message)
    unusual = (*_quarantined(connection, pull), *_volume(connection, pull), *_silence(connection, pull), *_references(connection, pull))
    return [*_remarked(pull), *unusual]


def _finding(table: str, expectation: str, detail: str, severity: str = "warning") -> Finding:
    return {"table": table, "expectation": expectation, "severity": severity, "detail": detail}


def _remarked(pull: Any) -> Iterator[Finding]:
    """What the landing had to say about the pull as a whole."""
    if pull.detail and pull.status != "held":  # a held one says there why
        yield _finding("pulls", "what is read is of its time, whole, and as it was written", pull.detail)


def _quarantined(connection: Connection, pull: Any) -> Iterator[Finding]:
    """Records met for the first time: what was in quarantine before is no news, however often it is read."""
    met = connection.execute(select(func.count()).select_from(quarantine).where(quarantine.c.pull_id == pull.id)).scalar_one()
    if met >= FEW_QUARANTINED and met > MOST_QUARANTINED * pull.received:
        detail = f"{met} of {pull.received} could not be taken: see their reasons in quarantine"
        yield _finding("pulls", f"at most {MOST_QUARANTINED:.0%} of the records are in quarantine", detail, "critical")


def _hours(pull: Any) -> float:
    return float((pull.window_end - pull.window_start) / timedelta(hours=1))


def _volume(connection: Connection, pull: Any) -> Iterator[Finding]:
    """Records an hour against the median of the source's pulls of the last four weeks."""
    same = pulls.c.source == pull.source, pulls.c.status.in_(COVERING), pulls.c.id != pull.id
    near = pulls.c.window_end > pull.window_end - COMPARED, pulls.c.window_end <= pull.window_end
    rates = [line.received / _hours(line) for line in connection.execute(select(pulls).where(*same, *near)) if _hours(line)]
    if len(rates) < FEW_PULLS:
        return
    usual = median(rates) * _hours(pull)
    if max(usual, pull.received) >= FEW_RECORDS and not usual / UNUSUAL <= pull.received <= usual * UNUSUAL:
        detail = f"{pull.received} records where the last weeks would make it {usual:.0f}"
        yield _finding("pulls", "about as many records come as usual", detail)


def _silence(connection: Connection, pull: Any) -> Iterator[Finding]:
    """Kinds this source used to have, of which nothing came for much longer than usual."""
    for name, table in SIGNALS.items():
        if not table.info["at"]:
            continue
        at = table.c[table.info["at"]]
        chosen = table.c.source == pull.source, at >= pull.window_end - REMEMBERED, at < pull.window_end
        count, newest = connection.execute(select(func.count(), func.max(at)).where(*chosen)).one()
        if count and pull.window_end - newest > max(SILENCE * REMEMBERED / count, SHORTEST_SILENCE):
            yield _finding(name, "new rows come as often as usual", f"the newest is of {newest:%Y-%m-%d %H:%M} UTC")


def _references(connection: Connection, pull: Any) -> Iterator[Finding]:
    """Identities that name a row of the same source which is not there."""
    for table in SIGNALS.values():
        for column in table.columns:
            if (expect := column.info.get("expect")) and expect.known_in:
                count = _unknown(connection, column, SIGNALS[expect.known_in], pull)
                if count:
                    yield _finding(table.name, f"{column.name} names one of the {expect.known_in}", _not_here(count))


def _not_here(count: int) -> str:
    return "1 row names one that is not here" if count == 1 else f"{count} rows name one that is not here"


def _unknown(connection: Connection, column: Column[Any], other: Table, pull: Any) -> int:
    known = exists().where(other.c.source == pull.source, other.c.native_id == column)
    chosen = column.table.c.landed_by == pull.id, column.is_not(None), ~known
    return connection.execute(select(func.count()).select_from(column.table).where(*chosen)).scalar_one()
