"""Times as people and their tools write them in a table. Read is what can mean one instant only; what could mean two is refused with a remedy.

The year first, or last behind dots (31.12.2026) or a month by its name; 24 hours or AM and PM; seconds or milliseconds since 1970; a zone as an
offset, as UTC or by its IANA name. Letters such as CET or IST stand for several zones, and 01/02/2026 for two days: neither is guessed.
"""

import re
from datetime import UTC, datetime, timedelta, tzinfo
from functools import cache
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from connectors.parse import Impossible, possible

LIKE = "write it like 2026-11-19T14:03:00Z"
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
# English names alone: another language's month may begin like another one of these.
_MONTH = (
    r"(?P<name>jan(?=uary\b|\b)|feb(?=ruary\b|\b)|mar(?=ch\b|\b)|apr(?=il\b|\b)|may(?=\b)|jun(?=e\b|\b)|jul(?=y\b|\b)|aug(?=ust\b|\b)"
    r"|sep(?=t\b|tember\b|\b)|oct(?=ober\b|\b)|nov(?=ember\b|\b)|dec(?=ember\b|\b))[a-z]*\.?"
)
_CLOCK = re.compile(
    r"(?<!\d)(?P<h>\d{1,2}):(?P<min>\d\d)(?::(?P<s>\d\d)(?:[.,](?P<part>\d{1,9}))?)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?(?![a-z]))?(?![\d:])",
    re.IGNORECASE,
)
_DAYS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        r"(?<!\d)(?P<y>\d{4})(?P<mark>[-/.])(?P<m>\d{1,2})(?P=mark)(?P<d>\d{1,2})(?!\d)",
        r"(?<!\d)(?P<d>\d{1,2})\.(?P<m>\d{1,2})\.(?P<y>\d{4})(?!\d)",
        rf"(?<!\d)(?P<d>\d{{1,2}})(?:st|nd|rd|th|\.)?[-/ ]+{_MONTH}[-/, ]+(?P<y>\d{{4}})(?!\d)",
        rf"\b{_MONTH}\s+(?P<d>\d{{1,2}})(?:st|nd|rd|th)?\b[, ]*(?P<y>\d{{4}})(?!\d)",
    )
)
_SLASHED = re.compile(r"(?<![\d/-])(?P<one>\d{1,2})([/-])(?P<two>\d{1,2})\2(?P<y>\d{4}|\d\d)(?!\d)")
_WEEKDAY = re.compile(r"\b(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s", re.IGNORECASE)
# Go writes the letters of the zone behind the offset, and its own clock behind them: the offset says it all.
_OFFSET = re.compile(r"(?:UTC|GMT)?\s*(?P<sign>[+-])(?P<h>\d{1,2})(?::?(?P<min>\d\d))?(?: [A-Z]{3,5})?(?: m=[+-][\d.]+)?", re.IGNORECASE)
# Between a day and its hour: ISO's T, the colon of web servers, what Kibana and people write.
_BETWEEN = re.compile(r"[\s,:@]*(?:T|at\b)?[\s,:@]*", re.IGNORECASE)
_OTHER_LETTERS = str.maketrans({"\u2212": "-", "\ufeff": " "})  # ISO 8601's own minus; the mark some editors put in front
# As `date` and `git log` write it.
_YEAR_LAST = re.compile(rf"(?P<day>{_MONTH}\s+\d{{1,2}})(?P<clock>\s.*?)\s+(?P<y>\d{{4}})(?!\d)", re.IGNORECASE)


@cache
def zones() -> frozenset[str]:
    """The names of the IANA database, which lie in hundreds of files."""
    return frozenset(available_timezones())


@cache
def zone_named(name: str) -> tzinfo | None:
    """The zone of an IANA name; None for what is no such name, or only letters that stand for several zones."""
    if name.upper() in {"Z", "UTC", "GMT"}:
        return UTC
    return ZoneInfo(name) if "/" in name and name in zones() else None


def written_time(found: Any, zone: tzinfo | None) -> datetime:
    """The instant in UTC; a time without a zone is one of `zone`. Raises ValueError with what to write, TypeError for what is no time."""
    if isinstance(found, int | float) and not isinstance(found, bool):
        return _since_1970(found, found)
    if not isinstance(found, str):
        raise TypeError
    text = " ".join(found.translate(_OTHER_LETTERS).split())  # browsers put a narrow blank before AM and PM
    if re.fullmatch(r"\d+(\.\d+)?", text, re.ASCII):
        return _since_1970(float(text), found)
    if not text.isascii() or not text.isprintable():
        message = f"there is a character in it that no time has; {LIKE}"
        raise ValueError(message)
    try:
        at = datetime.fromisoformat(text) if ":" in text or "T" in text else _read(text)
    except ValueError:
        at = _read(text)
    return possible(_placed(at, zone), found)


def _since_1970(number: float, found: Any) -> datetime:
    """Seconds, or milliseconds and finer where as many seconds would lie beyond the year 2100; nobody has records from before 1989 in them."""
    for unit in (1, 10**3, 10**6, 10**9):
        if 6 * 10**8 <= number / unit < 42 * 10**8:
            return possible(datetime(1970, 1, 1, tzinfo=UTC) + timedelta(seconds=number / unit), found)
    message = f"a number, and not seconds or milliseconds since 1970; {LIKE}"
    raise ValueError(message)


def _read(text: str) -> datetime:
    """Date, time of day and zone, each found by its form; ValueError where one is missing, means two things or something is left over."""
    text = _WEEKDAY.sub("", text)
    text = _SLASHED.sub(_year_first, text)
    if not any(form.search(text) for form in _DAYS):
        text = _YEAR_LAST.sub(r"\g<day> \g<y>\g<clock>", text)
    day = next((day for form in _DAYS if (day := form.search(text))), None)
    clock = _CLOCK.search(text)
    if day is None:
        message = f"no time that can be read; {LIKE}"
        raise ValueError(message)
    on = _day(day)
    if clock is None:
        message = f"a day without a time of day; {LIKE}"
        raise ValueError(message)
    beside = text.replace(day[0], " ", 1).replace(clock[0], " ", 1)
    rest = _BETWEEN.sub("", beside, count=1).rstrip(", ")
    # What stands in brackets says a zone again in words, or is all that says one.
    told, _, noted = rest.partition("(")
    zone = told.strip() or noted.removesuffix(")")
    return on.replace(tzinfo=_zone(zone) if zone else None) + _time_of_day(clock)


def _year_first(found: re.Match[str]) -> str:
    """A day behind slashes, where only one order of its numbers is a day."""
    one, two = int(found["one"]), int(found["two"])
    if len(found["y"]) < 4 or (one <= 12 and two <= 12 and one != two):
        message = f"{found[0]} may mean two days: write the year first, like 2026-11-19T14:03:00Z"
        raise ValueError(message)
    return f"{found['y']}-{two}-{one}" if one > 12 else f"{found['y']}-{one}-{two}"


def _day(found: re.Match[str]) -> datetime:
    parts = found.groupdict()
    month = _MONTHS.index(parts["name"].lower()) + 1 if parts.get("name") else int(parts["m"])
    try:
        return datetime(int(parts["y"]), month, int(parts["d"]))  # noqa: DTZ001 - its zone is read after it
    except ValueError:
        message = f"there is no such day; {LIKE}"
        raise Impossible(message) from None


def _time_of_day(found: re.Match[str]) -> timedelta:
    """Since midnight; 24:00 is the end of the day, second 60 the one that is put in now and then."""
    hour, minute, second = int(found["h"]), int(found["min"]), int(found["s"] or 0)
    if found["half"]:
        is_possible = 1 <= hour <= 12
        hour = hour % 12 + (12 if found["half"].lower() == "p" else 0)
    else:
        is_possible = hour < 24 or (hour, minute, second) == (24, 0, 0)
    if not is_possible or minute > 59 or second > 60:
        message = f"there is no such time of day; {LIKE}"
        raise Impossible(message)
    return timedelta(hours=hour, minutes=minute, seconds=second, microseconds=int((found["part"] or "0").ljust(6, "0")[:6]))


def _zone(text: str) -> tzinfo:
    """The zone of what stands beside date and time: `UTC`, `+01:00`, `Europe/Paris`, `+01:00[Europe/Paris]`."""
    name = re.sub(r"^.*\[|\]$", "", text)
    if zone := zone_named(name):
        return zone
    if offset := _OFFSET.fullmatch(text):
        minutes = int(offset["h"]) * 60 + int(offset["min"] or 0)
        if minutes <= 14 * 60:
            return datetime.strptime(f"{offset['sign']}{minutes // 60:02}{minutes % 60:02}", "%z").tzinfo or UTC
    message = f"{text!r:.40} is no zone that means one thing: write an offset such as +01:00, or a name such as Europe/Paris"
    raise ValueError(message)


def _placed(at: datetime, zone: tzinfo | None) -> datetime:
    """The time in its zone. A clock that is put back shows an hour twice, and one that is put forward leaves one out: both are refused."""
    if at.utcoffset() is not None and not isinstance(at.tzinfo, ZoneInfo):
        return at
    if at.tzinfo is None and zone is None:
        message = 'it has no zone: write one behind it, or set `timezone` of this source, such as timezone = "Europe/Paris"'
        raise ValueError(message)
    local = at if at.tzinfo else at.replace(tzinfo=zone)
    if local.replace(fold=0).utcoffset() != local.replace(fold=1).utcoffset():
        is_twice = local.astimezone(UTC).astimezone(local.tzinfo).replace(tzinfo=None) == local.replace(tzinfo=None)
        message = (
            f"the clock of {local.tzinfo} {'shows this time twice' if is_twice else 'never showed this time'} that night: write the offset behind it"
        )
        raise ValueError(message)
    return local
