"""Calendar events as shifts: recurrences expanded, time zones settled, the person found. icalendar is imported where it is used.

Recurrences follow the wall clock of their zone; a DURATION does too, because the parser no longer knows whether it was given in days or in hours.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, tzinfo
from itertools import groupby
from typing import Any, Literal
from zoneinfo import ZoneInfo, available_timezones

from connectors.parse import parsed
from pipeline.signals import Shift, Unfit, Window

Event = Any  # icalendar.Event: importing it takes long, and everybody loads this module
PersonFrom = Literal["attendee", "summary"]
_UNREADABLE = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)
_TOO_FINE = {"SECONDLY", "MINUTELY"}  # no rota hands over by the minute, and expanding it takes for ever
_ON_CALL = re.compile(r"\b(is |am )?on[\s-]?(call|duty)\b( (for|with|shift)\b)?", re.IGNORECASE)
_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")


@dataclass(frozen=True, slots=True)
class Rota:
    """What the configuration and the calendar say about all of its events. `zone`: of whole days and times without one."""

    schedule: str
    level: int
    zone: str | None
    person: PersonFrom | None


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [] if value is None else [value]


def _checked(event: Event) -> None:
    """Raises ValueError for what would be read wrongly without a word: unknown zones, an end before the start, endless repetition."""
    for value in (value for name in _TIMES for value in _listed(event.get(name))):
        zone = value.params.get("TZID")
        moments = [part.dt for part in getattr(value, "dts", [value])]
        if zone and any(isinstance(moment, datetime) and moment.tzinfo is None for moment in moments):
            message = f"the time zone {zone!r} is in neither the calendar nor the IANA list; write one like Europe/London"
            raise ValueError(message)
    if "DTEND" in event and event["DTEND"].dt < event["DTSTART"].dt:
        message = f"it ends ({event['DTEND'].dt}) before it starts ({event['DTSTART'].dt})"
        raise ValueError(message)
    if any(str(frequency).upper() in _TOO_FINE for rule in _listed(event.get("RRULE")) for frequency in _listed(rule.get("FREQ"))):
        message = "it repeats every second or minute, which no rota does"
        raise ValueError(message)


def _occurrences(events: Sequence[Event], zone: str | None, window: Window) -> list[Event]:
    """Every occurrence of one series in the window. `zone` is what the calendar itself names for its times."""
    import recurring_ical_events  # noqa: PLC0415 - see Event
    from icalendar import Calendar  # noqa: PLC0415 - see Event

    series = Calendar()
    if zone:
        series.add("X-WR-TIMEZONE", zone)
    for event in events:
        _checked(event)
        series.add_component(event)
    found: list[Event] = recurring_ical_events.of(series).between(window.start, window.end)
    return [occurrence for occurrence in found if str(occurrence.get("STATUS", "")).upper() != "CANCELLED"]


def _instant(moment: date, zone: str | None) -> datetime:
    """A date begins at midnight of the zone; so are times without a zone read."""
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    if local.tzinfo is None:
        if zone is None:
            message = f"{moment} has no time zone: set `zone` of this source"
            raise ValueError(message)
        local = local.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _mail(address: Any) -> str:
    return re.sub(r"^mailto:", "", str(address).strip(), flags=re.IGNORECASE).lower()


def people_of(event: Mapping[str, Any], source: PersonFrom | None) -> list[str]:
    """Who is on: the mail addresses of those who come, or the title without words like "on call". Raises ValueError when it names nobody.

    Without a `source`, the address where there is exactly one, else the title.
    """
    coming = [_mail(who) for who in _listed(event.get("ATTENDEE")) if str(who.params.get("PARTSTAT", "")).upper() != "DECLINED"]
    if source == "attendee":
        found = coming or [_mail(who) for who in _listed(event.get("ORGANIZER"))]
    elif source is None and len(coming) == 1:
        found = coming
    else:
        found = [_ON_CALL.sub("", str(event.get("SUMMARY", ""))).strip(" \t:;,-–—|()[]")]
    if not all(found) or not found:
        message = "it names nobody: give it an attendee, or the person's name as title"
        raise ValueError(message)
    return found


def _zone_of(start: Any, zone: str | None) -> str | None:
    own: tzinfo | None = getattr(start, "tzinfo", None)
    return own.key if isinstance(own, ZoneInfo) and own.key != "UTC" else zone


def shift_of(item: tuple[Event, str], rota: Rota, moved: frozenset[datetime]) -> Shift:
    """One person's part in one occurrence; `moved` holds the instants of the series that somebody changed by hand."""
    occurrence, person = item
    starts_at, ends_at = _instant(occurrence.start, rota.zone), _instant(occurrence.end, rota.zone)
    if starts_at == ends_at:
        message = f"it has no end or no length: {occurrence.start}"
        raise ValueError(message)
    is_moved = "RECURRENCE-ID" in occurrence and _instant(occurrence["RECURRENCE-ID"].dt, rota.zone) in moved
    return Shift(
        native_id=f"{rota.schedule}/{occurrence.get('UID', '')}/{starts_at:%Y-%m-%dT%H:%M:%SZ}/{person}",
        scope=rota.schedule,
        person=person,
        schedule=rota.schedule,
        level=rota.level,
        starts_at=starts_at,
        ends_at=ends_at,
        origin="override" if is_moved else "rotation",
        zone=_zone_of(occurrence.start, rota.zone),
    )


def _uid(event: Event) -> str:
    return str(event.get("UID", ""))


def _unfit(events: Sequence[Event], reason: str) -> Unfit:
    text = b"".join(event.to_ical() for event in events).decode("utf-8", "replace")
    return Unfit("shifts", reason, text, _uid(events[0]) or None)


def _series(events: Sequence[Event], rota: Rota, zone: str | None, window: Window) -> Iterator[Shift | Unfit]:
    """The shifts of one series (all events with one UID); a series that cannot be read is one Unfit."""
    try:
        found = [(occurrence, person) for occurrence in _occurrences(events, zone, window) for person in people_of(occurrence, rota.person)]
        moved = frozenset(_instant(event["RECURRENCE-ID"].dt, rota.zone) for event in events if "RECURRENCE-ID" in event)
    except _UNREADABLE as error:
        yield _unfit(events, f"{type(error).__name__}: {error}")
        return
    for shift in parsed("shifts", shift_of, found, rota, moved):
        if isinstance(shift, Unfit):
            yield _unfit(events, shift.reason)
        elif shift.starts_at < window.end and shift.ends_at > window.start:
            yield shift


def shifts_of(calendar: Any, rota: Rota, window: Window) -> Iterator[Shift | Unfit]:
    """The shifts of an icalendar.Calendar that overlap the window. Its own zone (X-WR-TIMEZONE) comes before the rota's."""
    named = str(calendar.get("X-WR-TIMEZONE", ""))
    own = named if named in available_timezones() else None
    events = sorted(calendar.walk("VEVENT"), key=_uid)
    for _, series in groupby(events, key=_uid):
        yield from _series(list(series), replace(rota, zone=own or rota.zone), own, window)
