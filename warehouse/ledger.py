"""The ledger `pulls`: which windows are covered, and what became of each pull."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, case, delete, exists, func, or_, select, update

from signals.pulled import COVERING
from signals.windows import Window
from warehouse.faults import Overtaken
from warehouse.schema import SIGNALS, UNPUBLISHED, checks, pulls


def covered_windows(connection: Connection, source: str, reading: str | None = None) -> list[Window]:
    """The time that published pulls cover, as few windows as possible, in order; of those with this `reading` alone where one is given."""
    covering = pulls.c.source == source, pulls.c.status.in_(COVERING), *_read_as(source, reading)
    before = func.max(pulls.c.window_end).over(order_by=(pulls.c.window_start, pulls.c.window_end), rows=(None, -1))
    begins = case((pulls.c.window_start <= before, 0), else_=1).label("begins")
    marked = select(pulls.c.window_start, pulls.c.window_end, begins).where(*covering).subquery()
    run = func.sum(marked.c.begins).over(order_by=(marked.c.window_start, marked.c.window_end)).label("run")
    runs = select(marked.c.window_start, marked.c.window_end, run).subquery()
    start, end = func.min(runs.c.window_start), func.max(runs.c.window_end)
    covered = [Window(*row) for row in connection.execute(select(start, end).group_by(runs.c.run).order_by(start))]
    for hidden in _hidden_windows(connection, source):
        covered = [piece for window in covered for piece in _outside(window, hidden)]
    return covered


def _read_as(source: str, reading: str | None) -> list[ColumnElement[bool]]:
    """What is true of the lines since the source was last read in another way: what lies behind such a line may have come in by it.

    Where no reading was ever noted, all lines are of this one.
    """
    if reading is None:
        return []
    known = pulls.alias()
    otherwise = known.c.source == source, known.c.status.in_(COVERING), known.c.reading != reading
    last = select(func.coalesce(func.max(known.c.id), 0)).where(*otherwise).scalar_subquery()
    return [pulls.c.id > last, or_(pulls.c.reading == reading, ~_is_noted(source))]


def _is_noted(source: str) -> ColumnElement[bool]:
    known = pulls.alias()
    return exists().where(known.c.source == source, known.c.reading.is_not(None))


def name_readings(connection: Connection, source: str, reading: str) -> None:
    """The lines from before readings were noted were read as the source is read now; what older code adds beside us is of no reading."""
    connection.execute(update(pulls).where(pulls.c.source == source, ~_is_noted(source)).values(reading=reading))


def _hidden_windows(connection: Connection, source: str) -> list[Window]:
    """The windows of pulls that landed, were not published, and still have rows: those are out of sight and have to be read again."""
    unsettled = connection.execute(select(pulls).where(pulls.c.source == source, pulls.c.status.in_(UNPUBLISHED))).all()
    if not unsettled:
        return []
    ids = [pull.id for pull in unsettled]
    with_rows = {i for table in SIGNALS.values() for i in connection.scalars(select(table.c.landed_by).where(table.c.landed_by.in_(ids)).distinct())}
    return [Window(pull.window_start, pull.window_end) for pull in unsettled if pull.id in with_rows]


def _outside(window: Window, hidden: Window) -> list[Window]:
    """What of the window lies before and after the hidden one."""
    pieces = (window.start, min(window.end, hidden.start)), (max(window.start, hidden.end), window.end)
    return [Window(begin, finish) for begin, finish in pieces if begin < finish]


def _last(connection: Connection, source: str, window: Window) -> Any:
    """The newest line of exactly this window, if there is one."""
    same = pulls.c.source == source, pulls.c.window_start == window.start, pulls.c.window_end == window.end
    return connection.execute(select(pulls).where(*same).order_by(pulls.c.id.desc()).limit(1)).first()


def newest_landing(connection: Connection, source: str) -> int:
    """Number of the last pull of the source that landed, 0 where none did."""
    chosen = select(func.coalesce(func.max(pulls.c.id), 0)).where(pulls.c.source == source, pulls.c.status != "failed")
    number: int = connection.execute(chosen).scalar_one()
    return number


def refuse_older(connection: Connection, source: str, window: Window, read_after: int) -> None:
    """Raise Overtaken where a pull later than `read_after` has landed any of the window: what was read before may be older than what is here."""
    overlaps = pulls.c.window_start < window.end, pulls.c.window_end > window.start
    later = select(pulls.c.id).where(pulls.c.source == source, pulls.c.id > read_after, pulls.c.status != "failed", *overlaps)
    if connection.execute(later.limit(1)).first():
        message = f"{source}: another run has landed some of {window} meanwhile; nothing of this one was written. Do this again"
        raise Overtaken(message)


def attempts_before(connection: Connection, source: str, window: Window) -> int:
    """How often this window failed since it last worked."""
    last = _last(connection, source, window)
    return last.attempts if last and last.status == "failed" else 0


def note_failure(connection: Connection, source: str, window: Window, said: Mapping[str, Any], now: datetime, *, reading: str | None = None) -> None:
    """A line `failed`, or one more attempt on the line of this window. A window that is covered needs no such line."""
    if any(known.start <= window.start and window.end <= known.end for known in covered_windows(connection, source, reading)):
        return
    last = _last(connection, source, window)
    if last and last.status == "failed":
        again = {"failure": None, "http_status": None, "remedy": None, **said, "attempts": last.attempts + 1, "finished_at": now}
        connection.execute(update(pulls).where(pulls.c.id == last.id).values(**again))
        return
    none = dict.fromkeys(("received", "loaded", "unchanged", "quarantined", "withdrawn", "requests"), 0)
    line = {"source": source, "window_start": window.start, "window_end": window.end, "status": "failed", "attempts": 1}
    connection.execute(pulls.insert().values(**line, **said, **none, degraded={}, started_at=now, finished_at=now))


def settle(
    connection: Connection,
    pull_id: int,
    *,
    findings: Iterable[Mapping[str, Any]],
    now: datetime,
    status: str | None = None,
    failure: str | None = None,
    detail: str | None = None,
) -> None:
    """The end of a pull: published (degraded where scopes were missing) if no other status is given, with what its check found."""
    line = connection.execute(select(pulls).where(pulls.c.id == pull_id)).one()
    ends = {"status": status or ("degraded" if line.degraded else "published"), "failure": failure, "detail": detail or line.detail}
    connection.execute(update(pulls).where(pulls.c.id == pull_id).values(**ends, finished_at=now))
    connection.execute(delete(checks).where(checks.c.pull_id == pull_id))
    lines = [{**finding, "pull_id": pull_id, "checked_at": now} for finding in findings]
    if lines:
        connection.execute(checks.insert(), lines)
