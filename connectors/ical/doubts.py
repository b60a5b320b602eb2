"""What in an event icalendar and recurring-ical-events would read wrongly without a word: each of it raises ValueError with the remedy."""

from datetime import date, datetime, time, timedelta
from typing import Any

Event = Any  # icalendar.Event: importing it takes long, and everybody loads the connectors

_TIMES = ("DTSTART", "DTEND", "RECURRENCE-ID", "EXDATE", "RDATE")
_READ = (*_TIMES, "DURATION", "RRULE", "SEQUENCE", "STATUS", "ATTENDEE", "SUMMARY", "UID")


def listed(value: Any) -> list[Any]:
    """The values of a property that may stand once, several times or not at all."""
    return value if isinstance(value, list) else [] if value is None else [value]


def moments_of(event: Event, name: str) -> list[date]:
    """The moments of a property; of a period its start."""
    found = [part.dt for value in listed(event.get(name)) for part in getattr(value, "dts", [value])]
    return [moment[0] if isinstance(moment, tuple) else moment for moment in found]


def _form(moment: date) -> str:
    return "a date" if not isinstance(moment, datetime) else "a time without a zone" if moment.tzinfo is None else "a time with a zone"


def _check_what_is_there(event: Event) -> None:
    for name, text in event.errors:
        if name in _READ or (name is None and any(f"'{known}" in str(text).upper() for known in _READ)):
            message = f"its {name or 'line'} cannot be read: {text}"
            raise ValueError(message)
    for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"):
        if len(listed(event.get(name))) > 1:
            message = f"it has more than one {name}"
            raise ValueError(message)
    if "DTSTART" not in event:
        message = "it has no DTSTART"
        raise ValueError(message)
    if "EXRULE" in event:
        message = "it holds an EXRULE, which is no longer part of the standard: list the days left out as EXDATE"
        raise ValueError(message)


def _check_zones(event: Event, odd: frozenset[str]) -> None:
    for value in (value for name in _TIMES for value in listed(event.get(name))):
        zone = value.params.get("TZID")
        moments = [part.dt for part in getattr(value, "dts", [value])]
        if zone and any(isinstance(moment, datetime) and moment.tzinfo is None for moment in moments):
            message = f"the time zone {zone!r} is in neither the calendar nor the IANA list; write one like Europe/London"
            raise ValueError(message)
        if zone in odd:
            message = f"the calendar defines {zone!r} otherwise than the rest of the world; write a zone like Europe/London"
            raise ValueError(message)


def _check_span(event: Event) -> None:
    start = event["DTSTART"].dt
    if "DTEND" in event and "DURATION" in event:
        message = "it has both DTEND and DURATION: leave one out"
        raise ValueError(message)
    if "DTEND" in event and _form(event["DTEND"].dt) != _form(start):
        message = f"its DTSTART is {_form(start)} and its DTEND {_form(event['DTEND'].dt)}: write both alike"
        raise ValueError(message)
    if ("DTEND" in event and event["DTEND"].dt < start) or ("DURATION" in event and event["DURATION"].dt < timedelta()):
        message = f"it ends before it starts ({start})"
        raise ValueError(message)


def check_changes(event: Event, start: date) -> None:
    """That what is left out, added or changed is written like the start of the series; only a whole day may be left out of times."""
    for name in ("EXDATE", "RDATE", "RECURRENCE-ID"):
        for moment in moments_of(event, name):
            is_day_left_out = name == "EXDATE" and not isinstance(moment, datetime)
            if isinstance(moment, datetime) != isinstance(start, datetime) and not is_day_left_out:
                message = f"its {name} is {_form(moment)} and DTSTART {_form(start)}: write both alike"
                raise ValueError(message)
    for changed in listed(event.get("RECURRENCE-ID")):
        if changed.params.get("RANGE", "THISANDFUTURE").upper() != "THISANDFUTURE":
            message = f"its RECURRENCE-ID changes {changed.params['RANGE']}: only one occurrence, or THISANDFUTURE, is read"
            raise ValueError(message)


def naive(moment: date) -> datetime:
    """A moment by the clock, a day at midnight."""
    return moment.replace(tzinfo=None) if isinstance(moment, datetime) else datetime.combine(moment, time())


def check(event: Event, odd: frozenset[str]) -> None:
    """Look at one event by itself; `odd` are zones its calendar defines otherwise than the IANA list."""
    _check_what_is_there(event)
    _check_zones(event, odd)
    _check_span(event)
