"""Rotations built from long turns, the stretches that are news beside them, and rest before a morning."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate, Team
from transforms.events import Events
from transforms.on_call.duty import rotas
from transforms.on_call.load import longest_rest_hours
from transforms.on_call.rotations import noteworthy, rotations, structural_rotations
from transforms.on_call.stretches import stretches
from transforms.policy import Policy

LONDON = "Europe/London"
INSTANT = "datetime64[us, UTC]"


def local(text):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(LONDON)).astimezone(UTC)


def june(day, time="09:00"):
    return f"2026-06-{day:02d}T{time}"


def shift(start, end, **more):
    start, end = (local(t) if isinstance(t, str) else t for t in (start, end))
    return {"person": "ana", "schedule": "primary", "level": 1, "starts_at": start, "ends_at": end, "origin": "rotation", "zone": LONDON} | more


def shift_frame(rows):
    return pd.DataFrame(rows).astype({"starts_at": INSTANT, "ends_at": INSTANT})


@pytest.mark.parametrize(
    ("busy", "hours"),
    [([], 15.0), ([("02:10", "03:00")], 8.17), ([("20:30", "21:00")], 12.0), ([("23:00", "23:20"), ("05:40", "06:00")], 6.33)],
)
def test_the_longest_rest_before_a_morning_is_known(busy, hours):
    def night(text):
        return local(june(2 if text > "12" else 3, text))

    spans = [(local(june(2)), local(june(2, "18:00"))), *((night(a), night(b)) for a, b in busy)]
    assert round(longest_rest_hours(local(june(3)), spans), 2) == hours


def week_turns(schedule, days, origin="rotation"):
    people = ("ana", "bo", "cy")
    start = local(june(1))
    return [
        shift(start + timedelta(days=days * i), start + timedelta(days=days * (i + 1)), person=people[i % 3], schedule=schedule, origin=origin)
        for i in range(8)
    ]


def events_of(shifts, calls=(), estate=Estate()):  # noqa: B008  frozen
    called = pd.DataFrame(list(calls), columns=["person", "page_id", "sent_at", "channel"]).astype({"sent_at": INSTANT})
    return Events({"shifts": shift_frame(shifts), "interruptions": called}, estate, Policy())


def built(shifts, estate=Estate(), **more):  # noqa: B008
    return structural_rotations(rotas(events_of(shifts)), estate, Policy(), **more)


def together(shifts, estate=Estate()):  # noqa: B008
    return sorted(set(rotations(rotas(events_of(shifts)), estate).values()))


def test_a_rotation_of_weeks_is_structural_and_one_of_three_days_is_not():
    found = built([*week_turns("weeks", 7), *week_turns("short", 3), *week_turns("swaps", 7, "swap")])
    assert found.to_dict("records") == [{"schedules": ["weeks"], "share": 1.0, "typical_days": 7.0, "shifts": 8}]


def test_in_a_rotation_of_weeks_only_the_longer_the_swapped_and_the_loaded_stretch_is_news():
    shifts = [*week_turns("weeks", 7), shift("2026-07-03T09:00", "2026-07-06T09:00", person="cy", schedule="weeks", origin="swap")]
    shifts[4]["ends_at"] = local("2026-07-03T09:00")  # cy took the last days of bo's week
    calls = [("bo", str(d), local(june(d, "03:00")), "push") for d in (9, 10)]
    news = noteworthy(stretches(events_of(shifts, calls)), built(week_turns("weeks", 7)))
    assert [(r.person, r.span_local_days) for r in news.itertuples()] == [("bo", 7.0), ("cy", 10.0)]


CREW = ("ana", "bo", "cy", "dee")


def by_turns(schedule, *spans, weeks=8, crew=CREW, ahead=0, **more):
    """Each week these (day, time) to (day, time), day 1 a Monday; one person a week, `ahead` of the crew's order."""
    return [
        shift(local(june(a, t)) + timedelta(weeks=w), local(june(b, u)) + timedelta(weeks=w), person=crew[(w + ahead) % len(crew)], schedule=schedule)
        | more
        for w in range(weeks)
        for (a, t), (b, u) in spans
    ]


WEEKDAYS, WEEKEND = ((1, "09:00"), (5, "17:00")), ((5, "17:00"), (8, "09:00"))
DAYS = [((day, "09:00"), (day, "21:00")) for day in range(1, 8)]
NIGHTS = [((day, "21:00"), (day + 1, "09:00")) for day in range(1, 8)]
WEEKS, SWAPPED = ((1, "09:00"), (8, "09:00")), ((3, "18:00"), (3, "22:00"))


@pytest.mark.parametrize(
    ("shifts", "found"),
    [
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND)], [("week", "weekend")], id="one person, weekdays and weekend"),
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND, ahead=2)], [("week", "weekend")], id="another at the weekend"),
        pytest.param([*by_turns("days", *DAYS), *by_turns("nights", *NIGHTS, ahead=1)], [("days", "nights")], id="days and nights"),
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", ((5, "18:30"), (8, "08:00")))], [("week", "weekend")], id="an hour apart"),
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND, crew=CREW[:3])], [("week", "weekend")], id="one works no weekends"),
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND, crew=("zoe", "yan"))], [("week",), ("weekend",)], id="others"),
        pytest.param([*by_turns("one", WEEKS), *by_turns("two", WEEKS, ahead=1)], [("one",), ("two",)], id="beside each other"),
        pytest.param([*by_turns("one", WEEKS), *by_turns("backup", WEEKS, ahead=1, level=2)], [("backup",), ("one",)], id="a backup"),
        pytest.param([*by_turns("one", WEEKDAYS), *by_turns("eve", SWAPPED, origin="override")], [("eve",), ("one",)], id="an override"),
        pytest.param([*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND, weeks=1)], [("week",), ("weekend",)], id="one weekend"),
    ],
)
def test_schedules_that_one_crew_works_by_turns_are_one_rotation(shifts, found):
    assert together(shifts) == found


def test_schedules_of_two_teams_are_two_rotations():
    shifts = [*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND)]
    one, two = {"a": Team(rotations=("week", "weekend"))}, {"a": Team(rotations=("week",)), "b": Team(rotations=("weekend",))}
    assert (together(shifts, Estate(teams=one)), together(shifts, Estate(teams=two))) == ([("week", "weekend")], [("week",), ("weekend",)])


def test_three_schedules_one_after_the_other_are_one_rotation_of_its_whole_length():
    shifts = [
        *by_turns("a", ((1, "09:00"), (3, "09:00"))),
        *by_turns("b", ((3, "09:00"), (5, "09:00"))),
        *by_turns("c", ((5, "09:00"), (8, "09:00"))),
    ]

    assert built(shifts).to_dict("records") == [{"schedules": ["a", "b", "c"], "share": 1.0, "typical_days": 7.0, "shifts": 8}]
    found = stretches(events_of(shifts))
    assert set(zip(found["origin"], found["span_local_days"], strict=True)) == {("structural", 7.0)}
    assert len(noteworthy(found, built(shifts))) == 0


def test_turns_of_one_person_under_two_spellings_are_one():
    shifts = [*by_turns("week", WEEKDAYS), *by_turns("weekend", WEEKEND, crew=("Ana", "BO", "Cy", "dee"))]

    assert built(shifts).to_dict("records") == [{"schedules": ["week", "weekend"], "share": 1.0, "typical_days": 7.0, "shifts": 8}]


@pytest.mark.parametrize(("ends", "days"), [("07:00", 7.0), ("08:00", 7.0), ("06:59", 6.916)])
def test_a_week_that_ends_up_to_two_hours_before_the_next_is_a_week(ends, days):
    found = stretches(events_of(by_turns("weeks", ((1, "09:00"), (8, ends)), weeks=3)))

    assert [round(length, 3) for length in found["span_local_days"]][:2] == [days] * 2
