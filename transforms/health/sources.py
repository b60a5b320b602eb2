"""How far each source was read, and what stands in the way."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from http import HTTPStatus

import pandas as pd

from signals.pulled import COVERING
from signals.windows import Window, gaps
from transforms.events.rows import instant, text
from transforms.health.contents import SetAside, SourceHealth, Trouble
from transforms.words.moments import in_utc
from transforms.words.numbers import counted

_DAY, _WEEK = timedelta(days=1), timedelta(days=7)
_SKEW = timedelta(minutes=5)  # two machines' clocks need not agree
_COUNTS = ("received", "loaded", "unchanged", "quarantined", "requests")
_PASSING = ("busy", "garbled")  # kinds of failure that end by themselves
_UNCHECKED = "Look at the place named here and in the log of the task check; the next run pulls and checks the window again by itself."
_HELD = "See the records in quarantine and in the table checks, mend the source or its connector; the next run pulls the window again by itself."


@dataclass(frozen=True, slots=True)
class Expected:
    """What is so of a source beside its ledger: the time between two pulls, which time is covered, what of its last records was set aside.

    `again`: time that was read, but not as the source is to be read now, because of a `change`.
    """

    every: timedelta
    covered: Sequence[Window]
    set_aside: Sequence[SetAside] = ()
    again: Sequence[Window] = ()
    change: str = "its settings changed"

    def is_covered(self, start: datetime, end: datetime) -> bool:
        """Whether all of [start, end) was read."""
        return not any(gaps(Window(start, end), self.covered))

    def is_wanted_again(self, start: datetime, end: datetime) -> bool:
        """Whether any of [start, end) is still to be read again."""
        return any(window.start < end and start < window.end for window in self.again)


def source_health(name: str, expected: Expected, pulls: pd.DataFrame, as_of: datetime, *, in_quarantine: int) -> SourceHealth:
    """One source; the state is that of what stands in the way."""
    until = expected.covered[-1].end if expected.covered else None
    week = pulls[pulls["started_at"] > as_of - _WEEK]
    first = instant(pulls["window_start"].min())
    troubles = [state for state, _ in _troubles(name, expected, pulls, as_of)]
    return SourceHealth(
        name=name,
        state=troubles[0] if troubles else "well",
        covered_until=until,
        age_seconds=None if until is None else (as_of - until).total_seconds(),
        is_read_again=bool(expected.again),
        not_covered=tuple(_missing(first, until, expected.covered)) if first and until else (),
        in_quarantine=in_quarantine,
        **{count: int(week[count].fillna(0).sum()) for count in _COUNTS},
    )


def _missing(first: datetime, until: datetime, covered: Sequence[Window]) -> Iterator[tuple[datetime, datetime]]:
    return ((gap.start, gap.end) for gap in gaps(Window(first, max(first, until)), covered))


def source_troubles(name: str, expected: Expected, pulls: pd.DataFrame, as_of: datetime) -> list[Trouble]:
    """What stands in the way of one source."""
    return [trouble for _, trouble in _troubles(name, expected, pulls, as_of)]


def _troubles(name: str, expected: Expected, pulls: pd.DataFrame, as_of: datetime) -> Iterator[tuple[str, Trouble]]:
    """State and trouble, the heaviest first."""
    read = pulls.loc[pulls["status"].isin(COVERING), "id"].max()
    lines = zip(pulls["window_start"], pulls["window_end"], pulls["id"] > read, strict=True)
    is_missing = [not expected.is_covered(start, end) or (is_newer and expected.is_wanted_again(start, end)) for start, end, is_newer in lines]
    missing = pulls[pd.Series(is_missing, index=pulls.index, dtype=bool)]
    found = [*_held(name, missing), *_failing(name, missing, as_of), *_ahead(name, expected, as_of)]
    yield from found or _late(name, expected, as_of)
    yield from _changed(name, expected)
    yield from _set_aside(name, expected)
    yield from _degraded(name, pulls)


def _held(name: str, missing: pd.DataFrame) -> Iterator[tuple[str, Trouble]]:
    held = missing[missing["status"] == "held"]
    if len(held):
        newest = held.sort_values("id").iloc[-1]
        what = f"a pull is held back: {text(newest['detail'])}"
        remedy = _UNCHECKED if newest["failure"] == "broken" else _HELD
        yield "held", _trouble(name, what, instant(held["finished_at"].min()), remedy)


def _failing(name: str, missing: pd.DataFrame, as_of: datetime) -> Iterator[tuple[str, Trouble]]:
    """Windows that could not be read and still are not, as was said the last time.

    A source that is busy comes back by itself; one that has not within a day needs a person.
    """
    failed = missing[missing["status"] == "failed"]
    if len(failed):
        newest = failed.sort_values("finished_at").iloc[-1]
        count = int(failed["attempts"].sum())
        tries = f" ({counted(count, 'try', 'tries')}, the last at {in_utc(instant(newest['finished_at']))})" if count else ""
        since = failed["started_at"].min()
        needs_person = newest["failure"] not in _PASSING or as_of - since > _DAY
        what = f"{text(newest['detail'])}{tries}"
        yield "failing", _trouble(name, what, instant(since), text(newest["remedy"]), needs_person=needs_person)


def _ahead(name: str, expected: Expected, as_of: datetime) -> Iterator[tuple[str, Trouble]]:
    """A run was told a time that had not come: what happens until then counts as read, and nobody is told when it is late."""
    if expected.covered and (until := expected.covered[-1].end) > as_of + _SKEW:
        what = f"it counts as read up to {in_utc(until)}, which has not come yet: some run was told a later time (`--as-of`)"
        again = f"`soundings pull {name} --since {as_of:%Y-%m-%dT%H:%MZ}`"
        remedy = f"Once that time has passed, read it again: {again}. Leave `--as-of` out of runs that count."
        yield "ahead", _trouble(name, what, None, remedy)


def _late(name: str, expected: Expected, as_of: datetime) -> Iterator[tuple[str, Trouble]]:
    """Nothing went wrong on record, and yet two turns went by."""
    if not expected.covered:
        remedy = f"Run `soundings pull {name}`, or unpause the DAG pull_{name}."
        yield "never read", _trouble(name, "it was never read", None, remedy, needs_person=False)
    elif as_of - expected.covered[-1].end > 2 * expected.every:
        remedy = f"Look whether the DAG pull_{name} is paused and whether Airflow's scheduler runs; or run `soundings pull {name}`."
        yield "late", _trouble(name, "nothing new was read for two turns of its schedule", expected.covered[-1].end, remedy)


def _changed(name: str, expected: Expected) -> Iterator[tuple[str, Trouble]]:
    if expected.again:
        what = f"{expected.change} since it was read, and what that adds was not read yet"
        remedy = f"Nothing to do: its next pull reads it again, as far back as a first one; `soundings pull {name}` does so now."
        yield "to be read again", _trouble(name, what, None, remedy, needs_person=False)


def _set_aside(name: str, expected: Expected) -> Iterator[tuple[str, Trouble]]:
    if most := [one for one in expected.set_aside if one.is_most]:
        what, since = "; ".join(map(str, most)), min(one.since for one in most)
        yield "set aside", _trouble(name, what, since, f"Why, and what to write: `soundings quarantine --source {name}`.")


def _degraded(name: str, pulls: pd.DataFrame) -> Iterator[tuple[str, Trouble]]:
    """The scopes that the newest pull could not read; since the first of the pulls in a row that could not."""
    covering = pulls[pulls["status"].isin(COVERING)].sort_values("id", ascending=False)
    scopes = [row if isinstance(row, dict) else {} for row in covering["degraded"]]
    status = covering["degraded_status"].iloc[0] if scopes else None
    statuses = status if isinstance(status, dict) else {}
    for scope, reason in (scopes[0] if scopes else {}).items():
        run = next((place for place, row in enumerate(scopes) if scope not in row), len(scopes))
        since, start = instant(covering["started_at"].iloc[run - 1]), instant(covering["window_start"].iloc[:run].min())
        remedy = f"Mend the access, then read that time again: `soundings pull {name} --since {start:%Y-%m-%dT%H:%MZ}`."
        yield "degraded", _trouble(name, f"{scope}: {reason}", since, remedy, needs_person=is_mendable(statuses.get(scope)))


def is_mendable(status: object) -> bool:
    """Whether somebody here can give the access to a scope that answered so; not where the account's plan lacks it (402)."""
    return status != HTTPStatus.PAYMENT_REQUIRED


def _trouble(name: str, what: str, since: datetime | None, remedy: str, *, needs_person: bool = True) -> Trouble:
    return Trouble(where=f"source {name}", what=what, since=since, remedy=remedy, needs_person=needs_person)
