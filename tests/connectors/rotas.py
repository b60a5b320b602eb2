"""Rotas as calendar texts, written to a folder and pulled."""

from datetime import UTC, datetime, timedelta

from connectors import ical
from signals.pulled import Snapshot, Unfit
from signals.records import Shift
from signals.windows import Window

LONDON = "TZID=Europe/London"
WEEK = Window(datetime(2026, 10, 19, tzinfo=UTC), datetime(2026, 10, 26, tzinfo=UTC))
AHEAD = Window(WEEK.start, WEEK.end + timedelta(days=28))


def event(uid, *lines):
    return "\r\n".join(["BEGIN:VEVENT", f"UID:{uid}", "DTSTAMP:20260101T000000Z", *lines, "END:VEVENT", ""])


def calendar(*events, head="X-WR-CALNAME:primary\r\n"):
    return f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//y//EN\r\n{head}{''.join(events)}END:VCALENDAR\r\n"


def pulled(folder, *texts, window=WEEK, **options):
    """What the source gives of these calendars."""
    for number, text in enumerate(texts):
        (folder / f"rota{number}.ics").write_bytes(text.encode() if isinstance(text, str) else text)
    return list(ical.pull(None, window, path=str(folder), **options))


def shifts(records):
    return sorted((record for record in records if isinstance(record, Shift)), key=lambda shift: shift.starts_at)


def reasons(records):
    return [record.reason for record in records if isinstance(record, Unfit)]


def is_proved(records):
    return any(isinstance(record, Snapshot) for record in records)
