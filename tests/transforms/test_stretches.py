"""Stretches against the golden vectors, the traps and the properties of docs/definitions.md (on call)."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from transforms.estate import Estate, Team
from transforms.events import Events
from transforms.on_call.stretches import stretches
from transforms.policy import Policy

LONDON = "Europe/London"
INSTANT = "datetime64[us, UTC]"
JUNE = "2026-06-01"  # a Monday


def local(text, zone=LONDON):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


def shift(start, end, **more):
    start, end = (local(t) if isinstance(t, str) else t for t in (start, end))
    return {"person": "ana", "schedule": "primary", "level": 1, "starts_at": start, "ends_at": end, "origin": "rotation", "zone": LONDON} | more


def frame(rows, instants, columns):
    return pd.DataFrame(rows, columns=columns).astype(dict.fromkeys(instants, INSTANT))


def shift_frame(rows):
    return frame(rows, ("starts_at", "ends_at"), ["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"])


def call(at, page=None, **more):
    return {"person": "ana", "page_id": page, "sent_at": local(at) if isinstance(at, str) else at, "channel": "push"} | more


def of(shifts, calls=(), people=(), estate=None, **more):
    policy = more.pop("policy", Policy())
    interruptions = frame(list(calls), ("sent_at",), ["person", "page_id", "sent_at", "channel"])
    known = pd.DataFrame(list(people), columns=["native_id", "zone"])
    tables = {"shifts": shift_frame(shifts), "interruptions": interruptions, "people": known}
    return stretches(Events(tables, estate or Estate(zones={"ana": LONDON}), policy), **more)


def june(day, time="09:00"):
    return f"2026-06-{day:02d}T{time}"


def daily(first, last, start, end, overnight=0):
    return [shift(june(d, start), june(d + overnight, end)) for d in range(first, last + 1)]


# (span_local_days, elapsed, covered, nights, weekend days, level, origin)
GOLDEN = {
    "G1 a week": ([shift(june(1), june(8))], [(7.0, 168, 168, 7, 2, "long", "structural")]),
    "G2 a week, clocks forward": ([shift("2026-03-23T09:00", "2026-03-30T09:00")], [(7.0, 167, 167, 7, 2, "long", "structural")]),
    "G3 a week, clocks back": ([shift("2026-10-19T09:00", "2026-10-26T09:00")], [(7.0, 169, 169, 7, 2, "long", "structural")]),
    "G4 three days": ([shift(june(1), june(4))], [(3.0, 72, 72, 3, 0, "none", "structural")]),
    "G5 three days and half an hour": ([shift(june(1), june(4, "09:30"))], [(3.021, 72.5, 72.5, 3, 0, "watch", "structural")]),
    "G6 five days": ([shift(june(1), june(6))], [(5.0, 120, 120, 5, 1, "watch", "structural")]),
    "G7 two schedules overlap": (
        [shift(june(1), june(4), schedule="A"), shift(june(3), june(6), schedule="B")],
        [(5.0, 120, 120, 5, 1, "watch", "incidental")],
    ),
    "G8 an evening off": ([shift(june(1), june(3, "18:00")), shift(june(3, "22:00"), june(8))], [(7.0, 168, 164, 7, 2, "long", "structural")]),
    "G9 a night off": ([shift(june(1), june(3, "21:00")), shift(june(4, "07:00"), june(8))], [(7.0, 168, 158, 6, 2, "long", "structural")]),
    "G10 a whole day off": (
        [shift(june(1), june(3)), shift(june(4), june(8))],
        [(2.0, 48, 48, 2, 0, "none", "structural"), (4.0, 96, 96, 4, 2, "watch", "structural")],
    ),
    "G11 desk duty": (daily(1, 5, "09:00", "17:00"), []),
    "G12 seven nights": (daily(1, 7, "17:00", "09:00", 1), [(6.667, 160, 112, 7, 2, "flag", "structural")]),
    "G13 seven long days": (daily(1, 7, "07:00", "19:00"), [(6.5, 156, 84, 0, 2, "flag", "structural")]),
    "G15 two weekends": (
        [shift(june(5, "18:00"), june(8)), shift(june(12, "18:00"), june(15))],
        [(2.625, 63, 63, 3, 2, "none", "structural")] * 2,
    ),
    "G16 weekend rota, then weekday rota": (
        [shift(june(5, "18:00"), june(8), schedule="weekend"), shift(june(8), june(12, "18:00"), schedule="week")],
        [(7.0, 168, 168, 7, 2, "long", "incidental")],
    ),
}


def facts(found):
    columns = ["span_local_days", "elapsed_hours", "covered_hours", "nights", "weekend_days", "level", "origin"]
    return [tuple(round(v, 3) if isinstance(v, float) else v for v in row) for row in found[columns].itertuples(index=False, name=None)]


@pytest.mark.parametrize("name", GOLDEN)
def test_every_golden_vector_comes_out_with_every_column(name):
    shifts, expected = GOLDEN[name]
    assert facts(of(shifts)) == expected


TWO_WEEKS = [shift(june(1), june(8)), shift(june(8), june(15), schedule="backup", level=2)]


def test_a_primary_and_a_backup_week_are_fourteen_days_only_where_both_are_counted():  # G14
    assert facts(of(TWO_WEEKS, policy=Policy(count_secondary="always"))) == [(14.0, 336, 336, 14, 4, "long", "incidental")]
    assert facts(of(TWO_WEEKS)) == facts(of(TWO_WEEKS, policy=Policy(count_secondary="never"))) == [(7.0, 168, 168, 7, 2, "long", "structural")]


def test_the_second_level_counts_on_the_local_dates_it_was_called():
    found = of(TWO_WEEKS, [call(june(9, "23:30"), "p1")])
    assert facts(found) == [(9.0 - 9 / 24, 207, 192, 9, 2, "long", "incidental")]  # to Tuesday midnight: that night has its two hours
    assert facts(of(TWO_WEEKS, [call(june(9, "23:30"), "p1", channel="email")])) == facts(of(TWO_WEEKS))


@pytest.mark.parametrize(("zone", "nights"), [(LONDON, 3), ("America/Los_Angeles", 4), ("Asia/Kolkata", 3), ("Pacific/Auckland", 3)])
def test_the_same_instants_hold_other_nights_in_other_zones(zone, nights):  # G17
    found = of([shift(june(1), june(4))], estate=Estate(zones={"ana": zone}))
    assert facts(found) == [(3.0, 72, 72, nights, 0, "none", "structural")]


def test_a_short_rest_does_not_end_a_stretch_that_an_eleven_hour_gap_would_hide():
    shifts, _ = GOLDEN["G9 a night off"]
    assert facts(of(shifts, policy=Policy(reset_gap_hours=10)))[0][0] == 2.5
    assert facts(of(shifts))[0][0] == 7.0


def test_follow_the_sun_teams_may_ask_for_a_night():
    shifts, _ = GOLDEN["G13 seven long days"]
    assert list(of(shifts, policy=Policy(min_nights=1))["level"]) == ["none"]


def test_desk_duty_counts_where_the_policy_says_so():
    shifts, _ = GOLDEN["G11 desk duty"]
    assert facts(of(shifts, policy=Policy(drop_desk_only=False))) == [(4.333, 104, 40, 0, 0, "watch", "structural")]


def test_an_override_makes_a_stretch_incidental():
    assert list(of([shift(june(1), june(8)), shift(june(8), june(10), origin="override")])["origin"]) == ["incidental"]


def test_empty_backward_and_endless_segments_are_nobodys_stretch():
    assert of([shift(june(1), june(1)), shift(june(3), june(2)), shift("2026-01-01T00:00", "2026-06-01T00:00", schedule="everyone")]).empty
    assert of([]).empty


def test_one_person_under_two_vendor_names_has_one_stretch():
    shifts = [shift(june(1), june(4), person="PABC"), shift(june(4), june(8), person="ana@example.org")]
    estate = Estate(identities={"PABC": "ana", "ana@example.org": "ana"}, zones={"ana": LONDON})
    assert [(r.person, r.span_local_days) for r in of(shifts, estate=estate).itertuples()] == [("ana", 7.0)]


@pytest.mark.parametrize(
    ("people", "estate", "schedule_zone", "expected"),
    [
        ([("ana", "Asia/Tokyo")], Estate(zones={"ana": "Europe/Paris"}), LONDON, ("Europe/Paris", False)),
        ([("ana", "Asia/Tokyo")], Estate(), LONDON, ("Asia/Tokyo", False)),
        ([("ana", "Eastern Time (US & Canada)")], Estate(), LONDON, (LONDON, True)),
        ([], Estate(teams={"pay": Team(zone="Asia/Kolkata", members=("ana",))}), None, ("Asia/Kolkata", True)),
        ([], Estate(zone="Europe/Oslo"), None, ("Europe/Oslo", True)),
    ],
)
def test_the_zone_is_the_persons_own_and_otherwise_marked_as_assumed(people, estate, schedule_zone, expected):
    found = of([shift(june(1), june(8), zone=schedule_zone)], people=people, estate=estate)
    assert (found["zone"][0], found["is_assumed_zone"][0]) == expected


def test_a_week_seen_only_from_its_edge_is_a_lower_bound_and_a_coming_one_a_forecast():
    shifts = [shift(june(1), june(8)), shift(june(22), june(29))]
    found = of(shifts, seen_since=local("2026-05-31T12:00"), as_of=local(june(10)))
    assert list(found["is_left_censored"]) == [True, False]
    assert list(found["is_forecast"]) == [False, True]


@pytest.mark.parametrize(
    ("calls", "loaded", "nights"),
    [
        ([], False, 0),
        ([call(june(2, "03:00"), "a"), call(june(3, "02:00"), "b")], True, 2),
        ([call(june(2, "23:30"), "a"), call(june(3, "02:00"), "b")], False, 1),  # one night, one short rest
        ([call(june(2, t), t) for t in ("10:00", "12:00", "15:00")], True, 0),
        ([call(june(2, t), "same") for t in ("10:00", "12:00", "15:00")], False, 0),
        ([call(june(2, "20:30"), "a"), call(june(3, "20:30"), "b")], False, 0),  # twelve hours of rest are left
        ([call(june(2, "21:59"), "a"), call(june(3, "08:30"), "b"), call(june(4, "21:59"), "c")], True, 0),  # 10 h 50 min, twice
    ],
)
def test_a_stretch_is_loaded_by_broken_nights_a_crowd_of_events_or_short_rests(calls, loaded, nights):
    found = of([shift(june(1), june(8))], calls)
    assert (found["is_loaded"][0], found["sleep_interruption_nights"][0]) == (loaded, nights)


def test_three_days_are_not_loaded_however_busy():
    assert not of([shift(june(1), june(4))], [call(june(d, "03:00"), str(d)) for d in (2, 3, 4)])["is_loaded"][0]


def test_calls_within_a_minute_are_one_interruption():
    calls = [call(local(june(2, "03:00")) + timedelta(seconds=s), "a") for s in (0, 59, 60)]
    assert list(of([shift(june(1), june(8))], calls)["interruptions"]) == [2]


def test_the_key_is_the_person_and_the_start():
    one, longer, other = (of([shift(june(1), june(8))]), of([shift(june(1), june(9))]), of([shift(june(2), june(8))]))
    assert one["key"][0] == longer["key"][0] != other["key"][0]


MONDAY = datetime(2026, 6, 1, tzinfo=UTC)
pieces = st.lists(
    st.tuples(st.integers(0, 24 * 40), st.integers(1, 24 * 9), st.sampled_from("AB"), st.sampled_from(["ana", "bo"])), min_size=1, max_size=8
)


def built(parts, later=timedelta()):
    return [shift(MONDAY + later + timedelta(hours=s), MONDAY + later + timedelta(hours=s + n), schedule=k, person=p) for s, n, k, p in parts]


def measured(found):
    return found.drop(columns=["key", "starts_at", "ends_at"]).to_dict("records")


@settings(max_examples=40, deadline=None)
@given(pieces, st.randoms(use_true_random=False), st.integers(0, 10_000))
def test_order_repetition_splitting_and_whole_weeks_change_nothing(parts, shuffler, cut):
    whole = of(built(parts))
    shuffled = [*built(parts), *built(parts)]
    shuffler.shuffle(shuffled)
    assert of(shuffled).equals(whole)
    first, *rest = built(parts)
    middle = first["starts_at"] + (first["ends_at"] - first["starts_at"]) * cut / 10_000
    assert of([first | {"ends_at": middle}, first | {"starts_at": middle}, *rest]).equals(whole)
    assert measured(of(built(parts, timedelta(weeks=3)))) == measured(whole)
    assert (whole["span_local_days"] * 24 >= whole["covered_hours"] - 1).all()
