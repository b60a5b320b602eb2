"""Nothing is sent but while the team works, whenever the pipeline runs."""

from datetime import UTC, datetime, timedelta

import pytest

from pipeline import steps
from pipeline.connections import connection
from pipeline.health import health
from tests.pipeline.conftest import rollback

RECORDS = '[sources.records]\nuse = "files"\npath = "records"\n'
FOLDER = '[trackers.main]\nuse = "folder"\npath = "tickets"\ndry_run = false\n'
HOUR = timedelta(hours=1)


def utc(text):
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.fixture
def sent(place, at):
    """How many tickets there are after a run at each of these times; one service of the team was put back on Tuesday at noon."""

    def run(team, times, organisation=""):
        place.path.write_text(f'{organisation}\n{RECORDS}\n{FOLDER}\n[services.cart]\nteam = "crew"\n[teams.crew]\n{team}\n')
        rows = rollback("cart", hours_ago=24)  # of Wednesday 10 June 2026, 12:00 UTC
        place.record("deploys", rows)
        return opened(place, at, times)

    return run


def opened(place, at, times):
    """How many tickets there are after each run; everything is pulled and worked out in the first one."""
    counts = []
    for when in times:
        at(utc(when))
        with place.open() as store:
            if not counts:
                steps.pull(place.settings, store, "records", connection, start=None, end=utc(when))
                steps.derive(place.settings, store)
            steps.prompt(place.settings, store, connection)
        counts.append(len(list(place.folder.glob("tickets/*.md"))))
    return counts


def test_a_ticket_of_a_run_that_looks_at_a_past_moment_uses_the_budget_of_that_time(sent, place):
    assert sent('zone = "UTC"', ["2026-06-15T10:00"]) == [1]
    with place.open() as store:
        assert list(store.read("prompts")["opened_at"]) == [utc("2026-06-15T10:00")]


NIGHTS = [f"2026-06-{day:02}T02:00" for day in (11, 13, 15)]  # Thursday, Saturday, Monday


@pytest.mark.parametrize(
    ("team", "times", "counts"),
    [
        ('zone = "UTC"', [*NIGHTS, "2026-06-15T10:00"], [0, 0, 0, 1]),
        ('zone = "UTC"', ["2026-06-13T10:00", "2026-06-14T10:00", "2026-06-15T08:59", "2026-06-15T09:00"], [0, 0, 0, 1]),
        ('zone = "UTC"', ["2026-06-11T18:00", "2026-06-12T17:59"], [0, 1]),
        ('zone = "America/Los_Angeles"', ["2026-06-11T10:00", "2026-06-11T15:59", "2026-06-11T16:00"], [0, 0, 1]),
        ('zone = "Asia/Kathmandu"', ["2026-06-11T03:00", "2026-06-11T03:15"], [0, 1]),
        (
            'zone = "Asia/Dubai"\nworkdays = ["Sun", "Mon", "Tue", "Wed", "Thu"]',
            ["2026-06-12T08:00", "2026-06-13T08:00", "2026-06-14T08:00"],
            [0, 0, 1],
        ),
    ],
    ids=["daily at two", "weekend", "evening", "another continent", "a zone of quarters", "Sunday is a working day"],
)
def test_a_ticket_opens_only_while_its_team_works(sent, team, times, counts):
    assert sent(team, times) == counts


def test_a_public_holiday_is_a_day_off_where_the_team_keeps_it(sent):
    times = ["2026-06-15T10:00", "2026-06-16T10:00"]  # Monday is a holiday in Azerbaijan, and none in Germany

    assert sent('zone = "UTC"\nholidays = "AZ"', times) == [0, 1]


def test_elsewhere_the_same_day_is_a_working_day(sent):
    assert sent('zone = "UTC"\nholidays = "DE-BE"', ["2026-06-15T10:00"]) == [1]


def test_a_team_without_a_zone_works_by_the_clock_of_the_organisation(sent):
    organisation = '[organisation]\nzone = "America/Los_Angeles"\n'

    assert sent("members = []", ["2026-06-11T10:00", "2026-06-11T17:00"], organisation) == [0, 1]


def test_a_service_nobody_owns_waits_for_the_organisations_day(sent, place, at):
    assert sent('zone = "UTC"', []) == []
    place.path.write_text(f'[organisation]\nzone = "Asia/Tokyo"\n{RECORDS}\n{FOLDER}\n[services.cart]\n')
    assert opened(place, at, ["2026-06-11T12:00", "2026-06-12T01:00"]) == [0, 1]


def test_the_clocks_going_forward_move_the_working_day_with_them(place, at):
    place.path.write_text(f'{RECORDS}\n{FOLDER}\n[services.cart]\nteam = "crew"\n[teams.crew]\nzone = "Europe/Berlin"\n')
    shift = utc("2026-03-27T20:00") - (utc("2026-06-09T12:00"))  # ended on the Friday before the clocks changed, in the evening
    rows = rollback("cart", hours_ago=24)
    for row in rows:
        row |= {name: (datetime.fromisoformat(row[name]) + shift).isoformat() for name in ("started_at", "finished_at")}
    place.record("deploys", rows)
    times = ["2026-03-28T10:00", "2026-03-29T10:00", "2026-03-30T06:59", "2026-03-30T07:00"]  # the last two: 08:59 and 09:00 of summer time

    assert opened(place, at, times) == [0, 0, 0, 1]


def test_what_no_run_finds_at_work_is_told_once_a_working_day_went_by(sent, place, at):
    def told(when):
        at(utc(when))
        with place.open() as store:
            return [(one.what, one.needs_person) for one in health(place.settings, store).troubles if one.where == "tracker main"]

    assert sent('zone = "UTC"', ["2026-06-11T02:00"]) == [0]
    assert told("2026-06-11T17:00") == []
    words = "1 ticket waits although the working hours of crew (09:00 to 18:00, UTC) came and went"
    assert told("2026-06-11T18:01") == [(words, True)]
    sent('zone = "UTC"', ["2026-06-12T02:00", "2026-06-12T12:00"])
    assert told("2026-06-12T18:01") == []


def test_over_a_weekend_nothing_is_missed(sent, place, at):
    sent('zone = "UTC"\nworkdays = ["Mon", "Tue"]', ["2026-06-11T02:00"])
    at(utc("2026-06-15T08:00"))
    with place.open() as store:
        assert [one for one in health(place.settings, store).troubles if one.where == "tracker main"] == []


def test_the_figures_count_what_waits_for_the_morning(sent, place, at):
    sent('zone = "UTC"', ["2026-06-11T10:00"])
    place.record("deploys", [*rollback("cart", hours_ago=24), *rollback("pay", hours_ago=20)])
    at(utc("2026-06-13T11:00"))
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=None, end=utc("2026-06-13T11:00"))
        steps.derive(place.settings, store)
        figures = steps.prompt(place.settings, store, connection)
    assert (figures["planned"], figures["waiting"], figures["opened"]) == (1, 1, 0)
