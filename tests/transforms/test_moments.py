from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from transforms.words.moments import age, clock, duration, in_utc, moment


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(seconds=20), "less than a minute"),
        (timedelta(minutes=1), "1 minute"),
        (timedelta(hours=3), "3 hours"),
        (timedelta(days=3), "3 days"),
    ],
)
def test_lengths_are_said_as_people_say_them(length, words):
    assert duration(length) == words


@pytest.mark.parametrize(
    ("minutes", "words"),
    [(0.4, "less than a minute"), (1, "1 minute"), (38, "38 minutes"), (99, "99 minutes"), (120, "2 hours"), (2880, "2 days"), (10_000, "7 days")],
)
def test_a_duration_is_said_in_one_unit(minutes, words):
    assert duration(timedelta(minutes=minutes)) == words


def test_one_instant_is_said_in_utc_beside_the_clock_of_the_place():
    at, zone = datetime(2026, 11, 3, 23, 30, tzinfo=UTC), "Europe/Berlin"
    assert in_utc(at.astimezone(ZoneInfo(zone))) == "2026-11-03 23:30 UTC"
    assert moment(at, zone) == "Wed 4 Nov 00:30 (Tue 23:30 UTC)"
    assert clock(at, ZoneInfo(zone)) == "2026-11-03 23:30 UTC (2026-11-04 00:30 Europe/Berlin)"


def test_what_never_was_has_no_age_and_no_moment():
    assert (age(None), in_utc(None)) == ("never", "not known")
