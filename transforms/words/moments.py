"""Instants and lengths of time as people read them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from transforms.local_time import DAY, HOUR
from transforms.words.numbers import counted

MINUTE = timedelta(minutes=1)


def duration(length: timedelta) -> str:
    """A length of time as people say it: 38 minutes, 3 hours, 2 days."""
    if length < MINUTE:
        return "less than a minute"
    for unit, name, until in ((MINUTE, "minute", 100 * MINUTE), (HOUR, "hour", 2 * DAY), (DAY, "day", timedelta.max)):
        if length < until:
            return counted(round(length / unit), name)
    return "a long time"


def age(hours: float | None) -> str:
    """How long ago, roughly."""
    if hours is None:
        return "never"
    if hours < 1:
        return "under 1 h ago"
    return f"{hours:,.0f} h ago" if hours < 48 else f"{hours / 24:,.0f} days ago"


def in_utc(at: datetime | None) -> str:
    """An instant in UTC: `2026-11-03 09:00 UTC`."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC" if at else "not known"


def moment(at: datetime, zone: str) -> str:
    """An instant on the organisation's clock and in UTC: `Tue 3 Nov 10:00 (09:00 UTC)`."""
    local, universal = at.astimezone(ZoneInfo(zone)), at.astimezone(UTC)
    shown = f"{local:%a} {local.day} {local:%b} {local:%H:%M}"
    if local.utcoffset() == universal.utcoffset():
        return f"{shown} UTC"
    return f"{shown} ({universal:%H:%M} UTC)" if local.date() == universal.date() else f"{shown} ({universal:%a %H:%M} UTC)"


def clock(at: datetime, zone: ZoneInfo) -> str:
    """The instant in UTC and in the zone: `2026-11-03 09:00 UTC (10:00 Europe/Berlin)`."""
    local = at.astimezone(zone)
    day = "" if local.date() == at.date() else f"{local:%Y-%m-%d} "
    return f"{at:%Y-%m-%d %H:%M} UTC{_beside(f'{day}{local:%H:%M}', zone)}"


def span(start: datetime, end: datetime, zone: ZoneInfo) -> str:
    """From and to on one line, in UTC and in the zone; a date only where it is another one."""
    local = _between(start.astimezone(zone), end.astimezone(zone)).removeprefix(f"{start:%Y-%m-%d} ")
    return f"{_between(start, end)} UTC{_beside(local, zone)}"


def _beside(local: str, zone: ZoneInfo) -> str:
    """The local time in brackets; nothing where the zone is UTC, which is said already."""
    return "" if zone.key in ("UTC", "Etc/UTC") else f" ({local} {zone.key})"


def _between(start: datetime, end: datetime) -> str:
    return f"{start:%Y-%m-%d %H:%M} to {end:%H:%M}" if start.date() == end.date() else f"{start:%Y-%m-%d %H:%M} to {end:%Y-%m-%d %H:%M}"
