"""How sure the report is: what each source covers, what was set aside, what could not be looked at."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

import pandas as pd

from signals.pulled import COVERING
from signals.records import HAPPENED, RECORDS
from signals.windows import Window, gaps, union
from transforms.causes import cause, reasons
from transforms.estate import Estate
from transforms.events import Events
from transforms.events.rows import Tables, between, columns, present, tally, text
from transforms.report.contents import Certainty, SourceState, Tally
from transforms.report.week import Week

Unlooked = Mapping[str, Mapping[str, str]]  # detector -> source (`*`: all) -> what is missing

UNCHANGED: Mapping[str, str] = MappingProxyType({})
_REASONS = 8
_NOT_YET = "since it was read, and what that adds was not read yet"
_ANSWERS = "prompts"  # answers to tickets land under this name when there are any: no window of theirs is ever missing
_TAKEN = ("loaded", "unchanged", "quarantined")
_PULL = ("id", "source", "window_start", "window_end", "status", "received", *_TAKEN, "degraded", "detail", "finished_at")


def certainty(events: Events, *, week: Week, as_of: datetime, not_runnable: Unlooked, changed: Mapping[str, str] = UNCHANGED) -> Certainty:
    """Everything that makes a number of this week smaller or less certain than it looks."""
    tables, estate = events.tables, events.estate
    pulls = columns(tables, "pulls", _PULL)
    this = pulls[(pulls["window_start"] < week.end) & (pulls["window_end"] > week.start)]
    quarantine = columns(tables, "quarantine", ("source", "kind", "native_id", "reason", "quarantined_at", "last_seen_at"))
    aside = tuple(_aside(between(quarantine, "quarantined_at", week.start, as_of)))
    incidents = between(events.real_incidents, "declared_at", week.start, week.end)
    services, unmapped, late = _dated(tables, estate, week, read_before(pulls, week.closes_at))
    misses = between(columns(tables, "near_misses", ("key", "started_at", "state", "set_aside_reason")), "started_at", week.start, week.end)
    prompts = columns(tables, "prompts", ("subject_key", "withheld_reason"))
    return Certainty(
        sources=tuple(_sources(tables, pulls, week, as_of)),
        accounts={name: int(this.loc[this["status"].isin(COVERING), name].fillna(0).sum()) for name in ("received", *_TAKEN)},
        quarantine=aside[:_REASONS],
        quarantine_more=len(aside[_REASONS:]),
        brought_aside={str(kind): tuple(sorted(set(rows["source"]))) for kind, rows in quarantine.groupby("kind")},
        unmapped_services=services,
        unmapped_events=unmapped,
        unplaced_incidents=int(incidents["rank"].isna().sum()),
        not_runnable=not_runnable,
        withheld=_tallies(prompts.loc[prompts["subject_key"].isin(misses["key"]), "withheld_reason"]),
        set_aside=_tallies(misses.loc[misses["state"] == "set_aside", "set_aside_reason"].fillna("no reason given")),
        degraded=tuple(dict.fromkeys([*_unread(this), *((source, f"{why} {_NOT_YET}") for source, why in changed.items())])),
        checks=tuple(dict.fromkeys(_unheld(tables, this))),
        arrived_late=late,
    )


def _tallies(values: Iterable[object]) -> tuple[Tally, ...]:
    return tuple(Tally(what=what, count=count) for what, count in tally(str(value) for value in values if present(value)))


def _aside(rows: pd.DataFrame) -> Iterator[Tally]:
    """By cause, in the words of one of the records."""
    for one in reasons(rows):
        such_as = ", such as" if one.count > 1 and "…" in cause(one.reason, one.example) else ""
        yield Tally(what=f"{one.source}, {one.kind.replace('_', ' ')}{such_as}: {one.reason}", count=one.count)


def _sources(tables: Tables, pulls: pd.DataFrame, week: Week, as_of: datetime) -> Iterator[SourceState]:
    records = _records(tables, week)
    end = min(week.end, as_of)
    for name in sorted({*pulls["source"].dropna().astype(str), *records} - {_ANSWERS}):
        covered = pulls[(pulls["source"] == name) & pulls["status"].isin(COVERING)]
        newest = covered["window_end"].max()
        holes = list(gaps(Window(week.start, max(end, week.start)), _windows(covered)))
        fresh = "fresh" if len(covered) and newest >= end else "stale"
        yield SourceState(
            name=name,
            state=fresh if len(covered) else "missing",
            age_hours=(as_of - newest.to_pydatetime()) / timedelta(hours=1) if len(covered) else None,
            records=records.get(name, 0),
            gaps=len(holes),
            gap_hours=sum((hole.end - hole.start for hole in holes), timedelta()) / timedelta(hours=1),
        )


def _windows(pulls: pd.DataFrame) -> list[Window]:
    return union(map(Window, pulls["window_start"], pulls["window_end"]))


def _records(tables: Tables, week: Week) -> dict[str, int]:
    """How many records of each source are dated in the week; sources with records of other weeks count 0."""
    counts: dict[str, int] = {}
    for table, at in {**HAPPENED, "reviews": "held_at"}.items():
        rows = columns(tables, table, ("source", at))
        this = between(rows, at, week.start, week.end)["source"].value_counts()
        for name in rows["source"].dropna().unique():
            counts[str(name)] = counts.get(str(name), 0) + int(this.get(name, 0))
    return counts


def read_before(pulls: pd.DataFrame, at: datetime) -> list[str]:
    """The sources that had been read at all before the instant: only what they bring later is late."""
    return sorted(pulls.loc[pulls["status"].isin(COVERING) & (pulls["finished_at"] <= at), "source"].astype("str").unique())


def _dated(tables: Tables, estate: Estate, week: Week, known: list[str]) -> tuple[int, int, int]:
    """Of the week's events: services nothing maps, events of those or of no service, and how many known sources brought after the close."""
    names: set[str] = set()
    events = late = 0
    for about in (kind.about for kind in RECORDS.values() if kind.about.stakes):
        at = str(about.at)
        rows = between(columns(tables, about.table, ("source", "service", at, "first_seen_at")), at, week.start, week.end)
        unmapped = rows[~rows["service"].isin(list(estate.services))]
        names |= set(unmapped["service"].dropna())
        events += len(unmapped)
        late += int(((rows["first_seen_at"] > week.closes_at) & rows["source"].isin(known)).sum())
    return len(names), events, late


def _unread(pulls: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Source and reason of every scope that could not be read and was not since, and of every window that is still not in."""
    for source, rows in pulls.groupby("source"):
        covered = rows[rows["status"].isin(COVERING)]
        windows = _windows(covered)
        ordered = rows.sort_values(["window_start", "window_end"])
        for number, start, end, status, detail, degraded in ordered[["id", *_PULL[2:5], "detail", "degraded"]].itertuples(index=False):
            if status not in COVERING and any(gaps(Window(start, end), windows)):
                yield str(source), text(detail, status)
            again = covered[(covered["window_start"] <= start) & (covered["window_end"] >= end) & (covered["id"] > number)]
            for scope, reason in _scopes(degraded).items():
                if all(scope in _scopes(cell) for cell in again["degraded"]):
                    yield str(source), f"{scope}: {reason}"


def _scopes(cell: object) -> Mapping[str, str]:
    return cell if isinstance(cell, Mapping) else {}


def _unheld(tables: Tables, pulls: pd.DataFrame) -> Iterator[tuple[str, str]]:
    """Source, and what was expected with what was found instead, of the checks of the week's pulls that did not hold.

    Those of a held pull count until its time was read.
    """
    covered = pulls[pulls["status"].isin(COVERING)]
    spans = {source: _windows(rows) for source, rows in covered.groupby("source")}
    lines = pulls[["source", "window_start", "window_end", "status"]].itertuples(index=False)
    counts = [status != "held" or any(gaps(Window(start, end), spans.get(source, []))) for source, start, end, status in lines]
    pulls = pulls[pd.Series(counts, index=pulls.index, dtype=bool)]
    checks = columns(tables, "checks", ("pull_id", "table", "expectation", "detail"))
    rows = checks.merge(pulls[["id", "source"]].dropna(), left_on="pull_id", right_on="id").sort_values(["source", "table", "expectation", "pull_id"])
    for row in rows.itertuples():
        yield str(row.source), f"{text(row.table).replace('_', ' ')}: we expect that {row.expectation}; {text(row.detail)}"
