"""Rotas kept as iCalendar: files on this machine, or feeds over http(s).

A feed whose address is a secret is the host of the connection, and nothing of it is shown; a login and password are sent where there are any.
"""

import re
from base64 import b64encode
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from threading import Lock
from typing import Any

from connectors.errors import Garbled, Refused
from connectors.http import Api, Connection, Vendor
from connectors.ical.people import PersonFrom
from connectors.ical.shifts import Rota, shifts_of
from connectors.registry import Yields, source
from signals.pulled import Snapshot, Unfit
from signals.records import Shift
from signals.windows import Window

AHEAD = timedelta(days=28)  # definitions, on-call inputs: past and next 28 days
LOOK_BACK = timedelta(days=1)
_FOLD = re.compile(rb"\r?\n[ \t]")
# What is no shift and not read, inner parts first: a reminder nobody can read is no reason to lose the rota around it.
_BESIDE = [
    re.compile(rf"^BEGIN:{name}[ \t]*\r?\n(?:(?!BEGIN:|END:).*\n)*END:{name}[ \t]*\r?\n", re.IGNORECASE | re.MULTILINE)
    for name in ("VALARM", "VTODO", "VJOURNAL")
]
# A moment in UTC that names another zone as well; icalendar reads it in that zone, most others in UTC.
_TWO_ZONES = re.compile(
    r"^((?:DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)\b[^:\r\n]*;TZID=(?!\"?(?:Etc/)?(?:UTC|GMT|Z)\"?[;:])(?:\"[^\"\r\n]*\"|[^\";:\r\n]*)"
    r"[^:\r\n]*:[^\r\n]*\dZ)[ \t]*(?=\r?$)",
    re.IGNORECASE | re.MULTILINE,
)
_LARGEST = 50_000_000
_PARSING = Lock()  # icalendar keeps the zones it met in one place


def _login(connection: Connection) -> dict[str, str]:
    if not connection.login or not connection.secret:
        return {}
    return {"Authorization": "Basic " + b64encode(f"{connection.login}:{connection.secret}".encode()).decode()}


# `.invalid` never resolves: files need no address, and a feed needs the connection's.
VENDOR = Vendor(name="Calendar (host of the connection)", base_url="https://calendar.invalid", auth=_login, requests_per_minute=60)


def _files(path: str) -> list[Path]:
    """The calendar files at a path. Raises Refused where there is nothing."""
    here = Path(path)
    found = sorted(here.glob("*.ics")) if here.is_dir() else [here]
    if not found or not all(file.is_file() for file in found):
        message = f"{path}: no calendar there; `path` is an .ics file or a folder of them, `feed` is below the connection's host"
        raise Refused(message)
    return found


def _read(file: Path) -> bytes:
    if file.stat().st_size > _LARGEST:
        message = f"{file.name}: larger than {_LARGEST} bytes, which no rota is"
        raise Refused(message)
    return file.read_bytes()


def _text(name: str, content: bytes) -> str:
    """The lines of a calendar, unfolded: they are folded by bytes (RFC 5545, 3.1), and so within a letter of several."""
    try:
        return _FOLD.sub(b"", content).decode("utf-8-sig")
    except UnicodeDecodeError:
        message = f"{name}: not UTF-8 text: save it as UTF-8"
        raise Garbled(message) from None


def _read_alike(text: str) -> str:
    """The text without what is not read, and with words in each moment of two zones that no library takes for a time."""
    for beside in _BESIDE:
        text = beside.sub("", text)
    return _TWO_ZONES.sub(r"\1 is UTC, and its TZID another zone; write one of them", text)


def _texts(api: Api, paths: Sequence[str], feeds: Sequence[str]) -> Iterator[tuple[str, str]]:
    """(name, text) of every calendar."""
    for file in (file for path in paths for file in _files(path)):
        yield file.stem, _text(file.name, _read(file))
    for feed in feeds:
        name = feed.rpartition("/")[2].removesuffix(".ics") or "calendar"
        yield name, _text(name, api.content(*feed.split("/") if feed else ()))


def _calendars(name: str, text: str) -> Any:
    """The calendars in a text. Raises Garbled for one that is none or is cut short: it must not be taken for a rota with nobody on."""
    from icalendar import Calendar  # noqa: PLC0415 - seconds to import, and everybody loads this module
    from icalendar.timezone import tzp  # noqa: PLC0415 - the same

    if text.lstrip()[:1] == "<":
        message = f"{name}: a web page (a login?) and no calendar: give the address of the feed itself, and a login where it needs one"
        raise Garbled(message)
    try:
        with _PARSING:
            tzp.use_default()  # else a zone that one calendar defines is the zone of that name in every calendar read after it
            found = Calendar.from_ical(_read_alike(text), multiple=True) if text.rstrip().upper().endswith("END:VCALENDAR") else []
    except (ValueError, KeyError, IndexError, TypeError, AttributeError) as error:
        message = f"{name}: not an iCalendar text{f' ({error})' if type(error) is ValueError else ''}: export it anew, or give the feed's own address"
        raise Garbled(message) from None
    if not found or any(calendar.name != "VCALENDAR" for calendar in found):
        message = f"{name}: not a whole iCalendar text"
        raise Garbled(message)
    return found


def _listed(value: str | Sequence[str] | None) -> Sequence[str]:
    return [value] if isinstance(value, str) else value or ()


def _once(shifts: Iterator[Shift | Unfit], told: dict[str, Shift]) -> Iterator[Shift | Unfit]:
    """Each shift once, however many calendars tell it; one that they tell in two ways is set aside the second time."""
    for shift in shifts:
        known = told.setdefault(shift.native_id, shift) if isinstance(shift, Shift) else None
        if known is None or known is shift:
            yield shift
        elif known != shift:
            times = f"{known.starts_at} to {known.ends_at}, and {shift}"
            yield Unfit("shifts", "one event is told in two ways: take one of them out, or give it its own UID", times, shift.native_id)


def _names(*, path: str | Sequence[str] | None = None, **_others: Any) -> Iterator[str]:
    """The calendar files at `path`."""
    return (file.name for one in _listed(path) for file in _files(one))


@source("ical", kinds=("shifts",), vendor=VENDOR, look_back=LOOK_BACK, history=timedelta(days=84), found=_names)
def pull(
    api: Api,
    window: Window,
    *,
    path: str | Sequence[str] | None = None,
    feed: str | Sequence[str] | None = None,
    schedule_name: str | None = None,
    level: int = 1,
    zone: str | None = None,
    person: PersonFrom | None = None,
) -> Yields:
    """Shifts that overlap the window or lie in the four weeks after it.

    `path`: an .ics file or a folder of them. `feed`: a path below the connection's host, "" for the host's own address.
    `schedule_name`: else the calendar's name, else the file's. `zone`: for whole days and times without a zone, where the calendar names none.
    `person`: "attendee" or "summary"; without it the attendee where exactly one individual takes part, else the title, else all who take part.
    `level`: of events whose title names none (`[L2] ann`, `Secondary: Bob`).
    """
    if not path and feed is None:
        message = "an ical source needs `path` (a file or folder) or `feed` (below the connection's host)"
        raise Refused(message)
    wanted = Window(window.start, window.end + AHEAD)
    told: dict[str, Shift] = {}
    is_complete: dict[str, bool] = {}
    begins: dict[str, datetime] = {}
    for name, text in _texts(api, _listed(path), _listed(feed)):
        for calendar in _calendars(name, text):
            schedule = schedule_name or str(calendar.get("X-WR-CALNAME", "")) or name
            is_complete.setdefault(schedule, True)
            begins.setdefault(schedule, window.end - LOOK_BACK)
            for shift in _once(shifts_of(calendar, Rota(schedule, level, zone, person), wanted), told):
                is_complete[schedule] &= isinstance(shift, Shift)
                begins[schedule] = min(begins[schedule], shift.starts_at) if isinstance(shift, Shift) else begins[schedule]
                yield shift
    for schedule in (name for name, is_whole in is_complete.items() if is_whole):
        # A feed drops its past in time. What lies before the first shift it tells of did happen, though it is read again.
        yield Snapshot(Shift, schedule, replace(wanted, start=max(wanted.start, begins[schedule])))
