"""Shifts as rendered -> one person's time on call, counted once (docs/definitions.md, on call, cleaning rules and role policy)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from transforms.estate import Team
from transforms.events import Events
from transforms.events.interruptions import loud
from transforms.events.people import People
from transforms.events.rows import columns
from transforms.local_time import DAY, HOUR, dates, day_span, overlap, work_span
from transforms.on_call.load import Call
from transforms.policy import Policy

PLACEHOLDER = timedelta(days=60)  # a longer segment is an "everyone" schedule, not a person's duty
HANDOVER = 2 * HOUR
DESK = HOUR  # less than this outside working hours is desk duty
SHIFT = ("person", "schedule", "level", "starts_at", "ends_at", "origin")
CALL = ("person", "page_id", "sent_at", "channel")


class Segment(NamedTuple):
    """One shift of one person, as rendered."""

    start: datetime
    end: datetime
    schedule: str
    level: int
    origin: str


class Rota(NamedTuple):
    """What is known about one person's time on call. `calls` are in order."""

    person: str
    team_name: str | None
    team: Team
    zone: ZoneInfo
    is_assumed_zone: bool
    segments: Sequence[Segment]
    calls: Sequence[Call]


class Duty(NamedTuple):
    """Time on call without a gap, over all schedules, and the segments it is made of."""

    start: datetime
    end: datetime
    segments: list[Segment]


def rotas(events: Events) -> list[Rota]:
    """Shifts, calls, team and zone of each person, by person; a shift that names two is both's."""
    shifts, people = columns(events.tables, "shifts", SHIFT), events.people
    calls = calls_of(columns(events.tables, "interruptions", CALL), people)
    length = shifts["ends_at"] - shifts["starts_at"]
    kept = touching(shifts[(length > timedelta()) & (length <= PLACEHOLDER)])
    named = kept.assign(person=kept["person"].map(lambda identity: list(people.people_of(str(identity))))).explode("person")
    return [_rota(str(person), segments_of(theirs), calls, events) for person, theirs in named.groupby("person")]


def _rota(person: str, segments: list[Segment], calls: Mapping[str, list[Call]], events: Events) -> Rota:
    teams = events.estate.teams
    team_name = next((name for name, team in teams.items() if person in team.members), None)
    zone, is_assumed = events.people.zone_of(person)
    return Rota(person, team_name, teams.get(team_name or "", Team()), zone, is_assumed, segments, calls.get(person, []))


def touching(shifts: pd.DataFrame) -> pd.DataFrame:
    """Turns that end up to `HANDOVER` before the next of their schedule and level begins (6 d 23 h, days to 23:59) end where it begins."""
    levels = shifts["level"].fillna(1).astype("int64")
    ended = shifts.assign(level=levels).sort_values("ends_at")
    begins = ended[["schedule", "level", "starts_at"]].rename(columns={"starts_at": "next"}).sort_values("next")
    met = pd.merge_asof(ended, begins, left_on="ends_at", right_on="next", by=["schedule", "level"], direction="forward", tolerance=HANDOVER)
    return met.assign(ends_at=met["next"].fillna(met["ends_at"])).drop(columns="next")


def segments_of(shifts: pd.DataFrame) -> list[Segment]:
    """One person's shifts as plain values."""
    columns = (
        shifts["starts_at"].dt.to_pydatetime(),
        shifts["ends_at"].dt.to_pydatetime(),
        shifts["schedule"].astype(str),
        shifts["level"].astype(int),
        shifts["origin"].astype(str),
    )
    return [Segment(*values) for values in zip(*columns, strict=True)]


def calls_of(interruptions: pd.DataFrame, known: People) -> dict[str, list[Call]]:
    """Each person's interruptions by push, SMS or call, in order; one that names no page is an event of its own."""
    calls: dict[str, list[Call]] = {}
    if len(interruptions) == 0:
        return calls
    heard = loud(interruptions).sort_values("sent_at")
    for person, page, at in zip(heard["person"], heard["page_id"], heard["sent_at"], strict=True):
        calls.setdefault(known.person_of(str(person)), []).append(Call(at.to_pydatetime(), str(at) if pd.isna(page) else str(page)))
    return calls


def duties(rota: Rota, policy: Policy) -> Iterator[Duty]:
    """The person's time on call in order: all schedules together, overlapping and touching pieces merged, desk duty left out."""
    for duty in merged(counted(rota, policy)):
        if not policy.drop_desk_only or duty.end - duty.start > DAY or off_hours(duty, rota) >= DESK:
            yield duty


def counted(rota: Rota, policy: Policy) -> Iterator[Segment]:
    """The segments that are duty: the first level always, further levels on the local dates the person was interrupted (`count_secondary`)."""
    called = {call.at.astimezone(rota.zone).date() for call in rota.calls}
    for segment in rota.segments:
        if segment.level <= 1 or policy.count_secondary == "always":
            yield segment
        elif policy.count_secondary == "paged_only":
            yield from on_dates(segment, called, rota.zone)


def on_dates(segment: Segment, days: set[date], zone: ZoneInfo) -> Iterator[Segment]:
    """The parts of the segment on these local dates."""
    for day in dates(segment.start, segment.end, zone):
        if day in days:
            start, end = day_span(day, zone)
            yield segment._replace(start=max(start, segment.start), end=min(end, segment.end))


def merged(segments: Iterable[Segment]) -> list[Duty]:
    """Sorted, disjoint pieces: overlapping and touching segments become one."""
    pieces: list[Duty] = []
    for segment in sorted(segments):
        if pieces and segment.start <= pieces[-1].end:
            last = pieces[-1]
            pieces[-1] = last._replace(end=max(last.end, segment.end))
            last.segments.append(segment)
        else:
            pieces.append(Duty(segment.start, segment.end, [segment]))
    return pieces


def runs(pieces: Iterable[Duty], gap: timedelta) -> list[list[Duty]]:
    """The pieces in order, cut wherever there was at least `gap` free."""
    found: list[list[Duty]] = []
    for piece in pieces:
        if found and piece.start - found[-1][-1].end < gap:
            found[-1].append(piece)
        else:
            found.append([piece])
    return found


def off_hours(duty: Duty, rota: Rota) -> timedelta:
    """How much of the piece lies outside the person's working hours."""
    spans = (work_span(day, rota.zone, rota.team) for day in dates(duty.start, duty.end, rota.zone))
    return duty.end - duty.start - sum((overlap((duty.start, duty.end), span) for span in spans if span), timedelta())
