"""Rotations built from long turns, the stretches that are news beside them, and rest before a morning."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate
from transforms.on_call.load import longest_rest_hours
from transforms.on_call.rotations import noteworthy, structural_schedules
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


def test_a_rotation_of_weeks_is_structural_and_one_of_three_days_is_not():
    found = structural_schedules(shift_frame([*week_turns("weeks", 7), *week_turns("short", 3), *week_turns("swaps", 7, "swap")]), Policy())
    assert found.to_dict("records") == [{"schedule": "weeks", "share": 1.0, "typical_days": 7.0, "shifts": 8}]


def test_in_a_rotation_of_weeks_only_the_longer_the_swapped_and_the_loaded_stretch_is_news():
    shifts = [*week_turns("weeks", 7), shift("2026-07-03T09:00", "2026-07-06T09:00", person="cy", schedule="weeks", origin="swap")]
    shifts[4]["ends_at"] = local("2026-07-03T09:00")  # cy took the last days of bo's week
    calls = pd.DataFrame([("bo", str(d), local(june(d, "03:00")), "push") for d in (9, 10)], columns=["person", "page_id", "sent_at", "channel"])
    nobody = pd.DataFrame(columns=["native_id", "zone"])
    found = stretches(shift_frame(shifts), calls.astype({"sent_at": INSTANT}), nobody, Estate(), Policy())
    news = noteworthy(found, structural_schedules(shift_frame(week_turns("weeks", 7)), Policy()))
    assert [(r.person, r.span_local_days) for r in news.itertuples()] == [("bo", 7.0), ("cy", 10.0)]
