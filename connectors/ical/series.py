"""The events of a calendar that share one UID, as series that recurring-ical-events reads whole, and their occurrences."""

from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime, timedelta, tzinfo
from itertools import groupby

from connectors.ical.doubts import Event, check_changes, moments_of, naive
from connectors.ical.rules import bounded
from signals.windows import Window

_MARGIN = timedelta(days=2)  # whole days and times without a zone lie up to 14 hours beside the instants they stand for


def _sequence(event: Event) -> int:
    return int(event.get("SEQUENCE", 0))


def _newest(events: Sequence[Event], name: str, zone: tzinfo | None = None) -> Iterator[list[Event]]:
    """The newest versions of the events that name the same moment, in whatever zone: several where no SEQUENCE tells them apart.

    A moment without a zone is one of `zone`.
    """

    def moment(event: Event) -> str:
        at = _placed(event[name].dt, zone)
        instant = at.astimezone(UTC) if isinstance(at, datetime) and at.tzinfo else at
        return f"{event[name].params.get('RANGE', '')} {instant.isoformat()}"

    for _, group in groupby(sorted(events, key=moment), key=moment):
        same = list(group)
        versions = same if len(same) == 1 else list({event.to_ical(): event for event in same}.values())
        newest = max(map(_sequence, versions))
        yield [event for event in versions if _sequence(event) == newest]


def apart(events: Sequence[Event]) -> list[list[Event]]:
    """Events of one UID as series that can be read alone: of several that replace nothing the library would take one and drop the others.

    Raises ValueError where it cannot be told what replaces what.
    """
    whole = [event for versions in _newest([event for event in events if "RECURRENCE-ID" not in event], "DTSTART") for event in versions]
    zone = next((getattr(event["DTSTART"].dt, "tzinfo", None) for event in whole), None)
    changes = list(_newest([event for event in events if "RECURRENCE-ID" in event], "RECURRENCE-ID", zone))
    if any(len(versions) > 1 for versions in changes):
        message = "it changes one occurrence in two ways, and no SEQUENCE tells which is the newer"
        raise ValueError(message)
    if len(whole) > 1 and (changes or len(set(map(_sequence, whole))) > 1):
        message = "several events have its UID, and it cannot be told which of them was changed: give each its own UID"
        raise ValueError(message)
    return [[event] for event in whole] if len(whole) > 1 else [[*whole, *(change for [change] in changes)]]


def _between(events: Sequence[Event], start: date, end: date, zone: str | None) -> list[Event]:
    import recurring_ical_events  # noqa: PLC0415 - see Event
    from icalendar import Calendar  # noqa: PLC0415 - see Event

    series = Calendar()
    for event in events:
        series.add_component(bounded(event, naive(end), zone))
    found: list[Event] = recurring_ical_events.of(series).between(start, end)
    return found


def _placed(moment: date, zone: tzinfo | None) -> date:
    """The moment itself; a time without a zone is in that of the series."""
    return moment.replace(tzinfo=zone) if isinstance(moment, datetime) and moment.tzinfo is None else moment


def strays_of(series: Sequence[Event], window: Window, zone: str | None) -> list[Event]:
    """The changes of a series near the window whose occurrence it does not hold: moved or left out after the change was written.

    Raises ValueError where changes are not written like the start of the series.
    """
    whole = next((event for event in series if "RECURRENCE-ID" not in event), None)
    if whole is None:
        return []
    for event in series:
        check_changes(event, whole["DTSTART"].dt)
    changes = [event for event in series if event is not whole and not is_elsewhere(event, window, is_change=True)]
    moments = [_placed(change["RECURRENCE-ID"].dt, getattr(whole["DTSTART"].dt, "tzinfo", None)) for change in changes]
    end = max(moments, default=date.min) + (timedelta(seconds=1) if any(isinstance(moment, datetime) for moment in moments) else timedelta(days=1))
    held = {occurrence.start for occurrence in _between([whole], min(moments), end, zone)} if moments else set()
    return [change for change, moment in zip(changes, moments, strict=True) if moment not in held]


def is_superseded(change: Event, series: Sequence[Event]) -> bool:
    """Whether a change is older than the series itself."""
    return any("RECURRENCE-ID" not in event and _sequence(change) < _sequence(event) for event in series)


def occurrences(series: Sequence[Event], zone: str | None, window: Window) -> list[Event]:
    """Every occurrence of one series in or near the window, but those that are cancelled."""
    found = _between(series, window.start - _MARGIN, window.end + _MARGIN, zone)
    return [occurrence for occurrence in found if str(occurrence.get("STATUS", "")).upper() != "CANCELLED"]


def is_elsewhere(event: Event, window: Window, *, is_change: bool = False) -> bool:
    """Whether an event that does not repeat (or is changed in one place) lies days away from the window, whatever its zone."""
    repeats = not is_change and any(name in event for name in ("RRULE", "RDATE", "EXRULE"))
    if repeats or event.errors or not all(name in event for name in ("DTSTART", "DTEND")):
        return False
    moments = [naive(moment) for name in ("DTSTART", "DTEND", "RECURRENCE-ID") for moment in moments_of(event, name)]
    return max(moments) < naive(window.start) - _MARGIN or min(moments) > naive(window.end) + _MARGIN
