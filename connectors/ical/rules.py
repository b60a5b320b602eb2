"""Rules of repetition: read as far as they are wanted, and refused where the libraries read them otherwise than meant or for ever."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import Any
from zoneinfo import ZoneInfo

from connectors.ical.doubts import Event, naive

_DAY = timedelta(days=1)
_HIGHEST = {"BYMONTH": 12, "BYMONTHDAY": 31, "BYYEARDAY": 366, "BYWEEKNO": 53, "BYSETPOS": 366}
_KNOWN = {"FREQ", "UNTIL", "COUNT", "INTERVAL", "WKST", "BYSECOND", "BYMINUTE", "BYHOUR", "BYDAY", *_HIGHEST}
_WEEKDAYS = ("MO", "TU", "WE", "TH", "FR", "SA", "SU")
_MOST = 50_000  # starts looked at up to the end of the window: a daily rule of 137 years, an hourly one of five


def _unknown(rule: Mapping[str, list[Any]]) -> str | None:
    """What a rule holds that is not read."""
    unknown = sorted(set(rule) - _KNOWN)
    beyond = [name for name, highest in _HIGHEST.items() for value in rule.get(name, ()) if not 1 <= abs(int(value)) <= highest]
    if unknown or beyond:
        return f"its RRULE holds {', '.join(unknown)}, which is not read" if unknown else f"its RRULE has a {beyond[0]} that does not exist"
    if "FREQ" not in rule:
        return "its RRULE names no FREQ"
    if "COUNT" in rule and "UNTIL" in rule:
        return "its RRULE holds both COUNT and UNTIL: leave one out"
    return "the COUNT or INTERVAL of its RRULE is less than 1" if any(rule.get(name, [1])[0] < 1 for name in ("COUNT", "INTERVAL")) else None


def _uncounted(rule: Mapping[str, list[Any]], start: date) -> str | None:
    """What a rule repeats too finely, would be looked for up to the year 9999, or is counted otherwise than meant."""
    frequency, weekday = rule["FREQ"][0].upper(), _WEEKDAYS[start.weekday()]
    if frequency in {"SECONDLY", "MINUTELY"}:
        return "it repeats every second or minute, which no rota does"
    if frequency not in {"MONTHLY", "YEARLY"} and ("BYSETPOS" in rule or len(_HIGHEST.keys() & set(rule)) > 1):
        return f"its RRULE is {frequency} and picks days of months or years: make it MONTHLY or YEARLY"
    if "COUNT" in rule and frequency in {"DAILY", "WEEKLY"} and weekday not in [str(day).upper() for day in rule.get("BYDAY", [weekday])]:
        return f"its RRULE counts weekdays and its DTSTART ({weekday}) is none of them: begin with the first of them"
    return None


def _last(until: date | None, start: date, end: datetime, zone: str | None) -> date:
    """The last start wanted, in the form of `start`: that of the rule, or `end` by the clock. A day that is named counts whole."""
    own: tzinfo | None = start.tzinfo if isinstance(start, datetime) else None
    local = own or (ZoneInfo(zone) if zone else None)
    if isinstance(until, datetime) and until.tzinfo is not None and local is None:
        message = f"its rule ends at {until} and it has no time zone: set `zone` of this source"
        raise ValueError(message)
    moments = [end.replace(tzinfo=local or UTC)]
    if isinstance(until, datetime):
        moments.append(until.astimezone(local) if until.tzinfo else until.replace(tzinfo=local or UTC))
    elif until is not None:
        moments.append(datetime.combine(until, time(23, 59, 59), local or UTC))
    last = min(moments)
    return last.astimezone(UTC) if own else last.replace(tzinfo=None) if isinstance(start, datetime) else last.date()


def bounded(event: Event, end: datetime, zone: str | None) -> Event:
    """The event with rules that end where it is no longer wanted, and say so in the form of its start."""
    if "RRULE" not in event:
        return event
    start, rule = event["DTSTART"].dt, event["RRULE"]
    if wrong := _unknown(rule) or _uncounted(rule, start):
        raise ValueError(wrong)
    last = _last(rule.get("UNTIL", [None])[0], start, end, zone)
    interval, frequency = rule.get("INTERVAL", [1])[0], rule["FREQ"][0].upper()
    apart = timedelta(hours=interval) if frequency == "HOURLY" else interval * _DAY if frequency == "DAILY" else _DAY
    looked_at = (naive(last) - naive(start)) / apart * prod(len(rule[name]) for name in ("BYHOUR", "BYMINUTE", "BYSECOND") if name in rule)
    if looked_at > _MOST or rule.get("COUNT", [1])[0] > _MOST:
        message = f"it repeats too often since {start}: give it a later DTSTART or a wider rule"
        raise ValueError(message)
    until = event.copy()
    until["RRULE"] = type(rule)(rule if "COUNT" in rule else {**rule, "UNTIL": [last]})
    return until
