"""The mobile team's rotation as the calendar file it keeps: Monday to Friday and Friday to Monday, five people in turn, one cover."""

from datetime import date, timedelta

from demo.organisation import TEAMS

MOBILE = TEAMS[3]
FIRST_MONDAY = date(2026, 8, 3)
NAME = "mobile primary"


def mobile_rotation() -> str:
    """An iCalendar text: each person's two recurring shifts in local time, and one weekend that wendy covers after her own week."""
    lines = ["BEGIN:VCALENDAR", "VERSION:2.0", "PRODID:-//Harbour//Rota//EN", f"X-WR-CALNAME:{NAME}", f"X-WR-TIMEZONE:{MOBILE.zone}"]
    for turn, person in enumerate(MOBILE.people):
        monday = FIRST_MONDAY + timedelta(weeks=turn)
        weekend_on = monday + timedelta(days=4) + timedelta(weeks=2)
        lines += _shift(f"week-{person}", person, monday, 4)
        lines += _shift(f"weekend-{person}", person, weekend_on, 3)
    lines += _cover("wendy", date(2026, 9, 25))
    return "\r\n".join([*lines, "END:VCALENDAR", ""])


def _event(uid: str, person: str, first_on: date, days: int, *more: str) -> list[str]:
    start, end = (f";TZID={MOBILE.zone}:{on:%Y%m%d}T090000" for on in (first_on, first_on + timedelta(days=days)))
    who = [f"SUMMARY:{person}", f"ATTENDEE:mailto:{person}@harbour.example"]
    return ["BEGIN:VEVENT", f"UID:{uid}@harbour.example", "DTSTAMP:20260801T000000Z", f"DTSTART{start}", f"DTEND{end}", *who, *more, "END:VEVENT"]


def _shift(uid: str, person: str, first_on: date, days: int) -> list[str]:
    return _event(uid, person, first_on, days, f"RRULE:FREQ=WEEKLY;INTERVAL={len(MOBILE.people)}")


def _cover(person: str, friday_on: date) -> list[str]:
    """The weekend shift that begins on this Friday, taken over by somebody who was on call all week."""
    weeks = (friday_on - timedelta(days=4) - FIRST_MONDAY).days // 7
    owner = MOBILE.people[(weeks - 2) % len(MOBILE.people)]
    return _event(f"weekend-{owner}", person, friday_on, 3, f"RECURRENCE-ID;TZID={MOBILE.zone}:{friday_on:%Y%m%d}T090000")
