"""Wall clocks and instants: every interval is computed in UTC, every day, night and working hour is read on a local clock."""

from collections.abc import Container, Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from transforms.estate import Team

Span = tuple[datetime, datetime]  # [start, end), aware UTC instants

HOUR = timedelta(hours=1)
DAY = timedelta(days=1)
WEEK = 7 * DAY


@lru_cache(maxsize=1024)
def zone_named(name: object) -> ZoneInfo | None:
    """The IANA zone of that name, None where there is none (vendors also write their own names, or nothing)."""
    try:
        return ZoneInfo(name) if isinstance(name, str) and name else None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return None


@lru_cache(maxsize=262_144)
def instant(day: date, clock: time, zone: ZoneInfo) -> datetime:
    """The UTC instant of a local wall-clock time; a time in the missing hour resolves forward, a repeated one to the first."""
    return datetime.combine(day, clock, zone).astimezone(UTC)


def wall_days(start: datetime, end: datetime, zone: ZoneInfo) -> float:
    """Local wall clock of the end minus that of the start, in days: a week is 7.0 in every season."""
    return (end.astimezone(zone).replace(tzinfo=None) - start.astimezone(zone).replace(tzinfo=None)) / DAY


def dates(start: datetime, end: datetime, zone: ZoneInfo) -> Iterator[date]:
    """Every local date the span touches, in order."""
    day, last = start.astimezone(zone).date(), (end - timedelta(microseconds=1)).astimezone(zone).date()
    while day <= last:
        yield day
        day += DAY


def overlap(one: Span, other: Span) -> timedelta:
    """How long the two spans overlap, at least zero."""
    return max(min(one[1], other[1]) - max(one[0], other[0]), timedelta())


def union(spans: Iterable[Span]) -> list[Span]:
    """The same time as sorted, disjoint spans: overlapping and touching ones merge."""
    merged: list[Span] = []
    for start, end in sorted(spans):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return merged


def day_span(day: date, zone: ZoneInfo) -> Span:
    """Local midnight to the next: 23, 24 or 25 hours."""
    return instant(day, time(), zone), instant(day + DAY, time(), zone)


@lru_cache(maxsize=64)
def _holidays(place: str) -> Container[date]:
    """The public holidays of a country or a part of it."""
    from holidays import country_holidays  # noqa: PLC0415 - only where a team keeps any

    country, _, part = place.partition("-")
    return country_holidays(country, subdiv=part or None)


def is_workday(day: date, team: Team) -> bool:
    """Whether the team works on that local date: one of its working days and no holiday where it is."""
    return day.weekday() in team.workdays and not (team.holidays and day in _holidays(team.holidays))


def work_span(day: date, zone: ZoneInfo, team: Team) -> Span | None:
    """The team's working hours on that local date, None on a day off."""
    if not is_workday(day, team):
        return None
    return instant(day, team.starts, zone), instant(day, team.ends, zone)
