"""Calendar events as shifts: series expanded, time zones settled, the people found. What cannot be read for sure is set aside.

Recurrences follow the wall clock of their zone, and so do the days of a length; its hours are hours. A DURATION of 168 hours is read as seven
days, because the parser no longer knows which it was.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from typing import Any
from zoneinfo import ZoneInfo

from connectors.ical.doubts import Event, check
from connectors.ical.people import PersonFrom, levels_in, people_of, sayings, title_of
from connectors.ical.series import apart, is_elsewhere, is_superseded, occurrences, strays_of
from connectors.parse import parsed
from connectors.times import zones
from signals.pulled import Unfit
from signals.records import Shift
from signals.windows import Window

_UNREADABLE = (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError)
_DAY = timedelta(days=1)
Changes = Mapping[datetime | None, bool]  # instants of a series that were changed by hand (None: the series), and whether a DURATION is given there
_TELLING = {"", "PUBLISH", "REQUEST", "ADD"}  # methods of calendars that say what will be; the others cancel, answer or ask


@dataclass(frozen=True, slots=True)
class Rota:
    """What the configuration and the calendar say about all of its events.

    `zone`: of whole days and times without one. `odd`: zones the calendar defines otherwise than the IANA list.
    """

    schedule: str
    level: int
    zone: str | None
    person: PersonFrom | None
    odd: frozenset[str] = frozenset()


def _instant(moment: date, zone: str | None) -> datetime:
    """A date begins at midnight of the zone; so are times without a zone read."""
    local = moment if isinstance(moment, datetime) else datetime.combine(moment, time())
    if local.tzinfo is None:
        if zone is None:
            message = f"{moment} has no time zone: set `zone` of this source"
            raise ValueError(message)
        local = local.replace(tzinfo=ZoneInfo(zone))
    return local.astimezone(UTC)


def _length_is_given(occurrence: Event, rota: Rota, changes: Changes) -> bool:
    """Whether the event behind an occurrence has a DURATION; the library gives every occurrence an end."""
    changed = _instant(occurrence["RECURRENCE-ID"].dt, rota.zone) if "RECURRENCE-ID" in occurrence else None
    return changes.get(changed, changes.get(None, False))


def _times(occurrence: Event) -> tuple[Any, Any]:
    """Where an occurrence begins and ends, both dates or both times: the library gives every occurrence both, and event.start looks for more."""
    return occurrence["DTSTART"].dt, occurrence["DTEND"].dt


def _span(occurrence: Event, rota: Rota, changes: Changes) -> Window:
    start, end = _times(occurrence)
    if not _length_is_given(occurrence, rota, changes):
        return Window(_instant(start, rota.zone), _instant(end, rota.zone))
    days, hours = divmod(end - start, _DAY)
    return Window(_instant(start, rota.zone), _instant(start + days * _DAY, rota.zone) + hours)


def _zone_of(start: Any, zone: str | None) -> str | None:
    own: tzinfo | None = getattr(start, "tzinfo", None)
    return own.key if isinstance(own, ZoneInfo) and own.key != "UTC" else zone


def shift_of(item: tuple[Event, str, Window], rota: Rota, changes: Changes) -> Shift:
    """One person's part in one occurrence, which has that span."""
    occurrence, person, span = item
    if span.start == span.end:
        message = f"it has no end or no length: {occurrence.start}"
        raise ValueError(message)
    is_changed = "RECURRENCE-ID" in occurrence and _instant(occurrence["RECURRENCE-ID"].dt, rota.zone) in changes
    return Shift(
        native_id=f"{rota.schedule}/{occurrence.get('UID', '')}/{span.start:%Y-%m-%dT%H:%M:%SZ}/{person}",
        scope=rota.schedule,
        person=person,
        schedule=rota.schedule,
        level=next(iter(levels_in(title_of(occurrence))), rota.level),
        starts_at=span.start,
        ends_at=span.end,
        origin="override" if is_changed else "rotation",
        zone=_zone_of(_times(occurrence)[0], rota.zone),
    )


def _unfit(events: Sequence[Event], reason: str) -> Unfit:
    text = b"".join(event.to_ical() for event in events).decode("utf-8", "replace")
    return Unfit("shifts", reason, text, str(events[0].get("UID", "")) or None)


def _reason(error: Exception) -> str:
    return str(error) if isinstance(error, ValueError) else "its times and its rule do not go together in a way that can be expanded: simplify them"


def _named(found: Sequence[Event], rota: Rota) -> Iterator[tuple[Event, str] | str]:
    """Each occurrence with each of its people, or why it names nobody."""
    known: dict[tuple[int, ...], list[str] | str] = {}
    for occurrence in found:
        if (said := sayings(occurrence)) not in known:
            known[said] = _people_or_why(occurrence, rota)
        people = known[said]
        if isinstance(people, str):
            yield people
        else:
            yield from ((occurrence, person) for person in people)


def _people_or_why(occurrence: Event, rota: Rota) -> list[str] | str:
    try:
        return people_of(occurrence, rota.person, rota.schedule)
    except ValueError as error:
        return str(error)


def _is_near(span: Window, window: Window) -> bool:
    return span.start < window.end and (span.end > window.start or span.start == span.end >= window.start)


def _near(events: Sequence[Event], found: Sequence[Event], rota: Rota, window: Window) -> Iterator[Shift | Unfit]:
    """The shifts of a series' occurrences that overlap the window; what is wrong with several of them is said once."""
    changes = {_instant(event["RECURRENCE-ID"].dt, rota.zone) if "RECURRENCE-ID" in event else None: "DURATION" in event for event in events}
    spans = {id(occurrence): span for occurrence in found if _is_near(span := _span(occurrence, rota, changes), window)}
    named = list(_named([occurrence for occurrence in found if id(occurrence) in spans], rota))
    reasons = [reason for reason in named if isinstance(reason, str)]
    parts = [(*pair, spans[id(pair[0])]) for pair in named if not isinstance(pair, str)]
    for shift in parsed("shifts", shift_of, parts, rota, changes):
        if isinstance(shift, Unfit):
            reasons.append(shift.reason.removeprefix("ValueError: "))
        else:
            yield shift
    yield from (_unfit(events, reason) for reason in dict.fromkeys(reasons))


def _series(events: Sequence[Event], rota: Rota, window: Window) -> Iterator[Shift | Unfit]:
    """The shifts of all events with one UID; what cannot be read of them is an Unfit."""
    try:
        if all(is_elsewhere(event, window) for event in events):
            return
        for event in events:
            check(event, rota.odd)
        for series in apart(events):
            strays = strays_of(series, window, rota.zone)
            whole = [event for event in series if not any(event is stray for stray in strays)]
            yield from _near(whole, occurrences(whole, rota.zone, window), rota, window)
            reason = "it changes an occurrence that its series does not have: take it out, or give it its own UID"
            yield from (_unfit([stray], reason) for stray in strays if not is_superseded(stray, series))
    except _UNREADABLE as error:
        yield _unfit(events, _reason(error))


def _odd_zones(calendar: Any, window: Window) -> frozenset[str]:
    """Zones with a short name of the IANA list that the calendar defines otherwise (`GMT` with summer time)."""
    days = [datetime(window.start.year, month, 15, tzinfo=UTC).replace(tzinfo=None) for month in (1, 7)]
    names = {str(zone.get("TZID", "")): zone for zone in calendar.walk("VTIMEZONE")}
    defined = {name: zone.to_tz(lookup_tzid=False) for name, zone in names.items() if "/" not in name and name in zones()}
    return frozenset(name for name, own in defined.items() if any(own.utcoffset(day) != ZoneInfo(name).utcoffset(day) for day in days))


def shifts_of(calendar: Any, rota: Rota, window: Window) -> Iterator[Shift | Unfit]:
    """The shifts of an icalendar.Calendar that overlap the window. Its own zone (X-WR-TIMEZONE) comes before the rota's."""
    named = str(calendar.get("X-WR-TIMEZONE", ""))
    rota = replace(rota, zone=named if named in zones() else rota.zone, odd=_odd_zones(calendar, window))
    if (method := str(calendar.get("METHOD", "")).upper()) not in _TELLING:
        yield from (_unfit([event], f"its calendar is a {method} and no plan: keep only what is planned") for event in calendar.walk("VEVENT"))
        return
    for hidden in calendar.walk("VFREEBUSY"):
        yield _unfit([hidden], "it tells only when somebody is free or busy: share the calendar with its details")
    together: dict[Any, list[Event]] = {}
    for number, event in enumerate(calendar.walk("VEVENT")):
        together.setdefault(str(event.get("UID", "")) or number, []).append(event)
    for events in together.values():
        yield from _series(events, rota, window)
