"""Rest first: when tickets open, when people may talk, and what is known of those who answered."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate, Team
from transforms.events import Events
from transforms.policy import Policy
from transforms.prompts import Response, not_before, opens_at, responses
from transforms.prompts.rest_plan import rest_plan
from transforms.prompts.stretch_draft import rotation_key

LONDON = "Europe/London"
POLICY = Policy()
TEAM = Team(zone=LONDON)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


COOLING = {
    "an ordinary day": ("2026-11-03T14:00", "2026-11-04T14:00", "2026-11-04T09:00"),
    "a morning": ("2026-11-03T07:00", "2026-11-04T10:00", "2026-11-04T09:00"),
    "at night": ("2026-11-03T03:00", "2026-11-04T10:00", "2026-11-03T15:00"),
    "Friday evening": ("2026-11-06T20:00", "2026-11-09T10:00", "2026-11-09T09:00"),
    "Sunday": ("2026-11-08T22:00", "2026-11-09T22:00", "2026-11-09T10:00"),
    "Friday before the clocks go forward": ("2026-03-27T20:00", "2026-03-30T10:00", "2026-03-30T09:00"),
    "Saturday before the clocks go back": ("2026-10-24T23:30", "2026-10-26T10:00", "2026-10-26T09:00"),
}


@pytest.mark.parametrize("name", COOLING)
def test_people_rest_before_they_are_asked(name):
    ended, talk, ticket = (at(text, LONDON) for text in COOLING[name])
    assert not_before(ended, Response(), TEAM, POLICY) == talk
    assert opens_at(ended, TEAM, POLICY) == ticket


def test_the_conversation_waits_for_the_morning_where_most_responders_live_and_for_their_rest():
    ended = at("2026-11-03T14:00")
    pacific = Response(zones=("America/Los_Angeles", "America/Los_Angeles", LONDON))
    assert not_before(ended, pacific, TEAM, POLICY) == at("2026-11-04T10:00", "America/Los_Angeles")
    assert not_before(ended, Response(woken_at=(at("2026-11-04T06:00"),)), TEAM, POLICY) == at("2026-11-04T17:00")
    assert not_before(at("2026-11-03T08:00"), Response(shift_ends=(at("2026-11-04T08:00"), at("2026-11-09T09:00"))), TEAM, POLICY) == at(
        "2026-11-04T10:00"
    )


def test_a_weekend_is_what_the_team_says():
    team = Team(zone="Asia/Dubai", workdays=(6, 0, 1, 2, 3))
    assert not_before(at("2026-11-05T20:00", "Asia/Dubai"), Response(), team, POLICY) == at("2026-11-08T10:00", "Asia/Dubai")


INSTANTS = dict.fromkeys(("starts_at", "ends_at"), "datetime64[us, UTC]")
PROMPTS = [
    "key", "subject_kind", "subject_key", "code", "state", "team", "hits", "planned_at", "sent_at", "opened_at", "answered_at", "disposition",
]  # fmt: skip
NONE_YET = pd.DataFrame(columns=PROMPTS)


def test_those_a_page_woke_are_known_by_zone_and_time_alone():
    hit = {"family": "page", "near_miss_key": "a1", "trigger_source": "pd", "trigger_id": "P1", "evidence": {"pages": ["P1"]}}
    woken = at("2026-11-02T03:00", "America/New_York")
    calls = pd.DataFrame([{"source": "pd", "page_id": "P1", "person": "ana", "sent_at": woken, "channel": "sms"}]).astype(
        {"sent_at": "datetime64[us, UTC]"}
    )
    shifts = pd.DataFrame([{"person": "ana", "starts_at": woken - timedelta(hours=3), "ends_at": woken + timedelta(hours=5)}])
    shifts = shifts.astype(INSTANTS)
    found = responses(pd.DataFrame([hit]), Events({"interruptions": calls, "shifts": shifts}, Estate(zones={"ana": "America/New_York"}), POLICY))
    assert found == {"a1": Response(zones=("America/New_York",), woken_at=(woken,), shift_ends=(woken + timedelta(hours=5),))}


def test_a_rotation_and_a_stretch_to_come_are_asked_about_in_the_next_working_hours_and_a_past_one_after_rest():
    names = ["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"]
    weeks = [
        ("ana", "primary", 1, at("2026-10-05T09:00") + timedelta(weeks=w), at("2026-10-12T09:00") + timedelta(weeks=w), "rotation", LONDON)
        for w in (0, 2)
    ]
    shifts = pd.DataFrame(weeks, columns=names).astype(INSTANTS)
    past = {
        "key": "0a",
        "person": "ana",
        "level": "long",
        "origin": "incidental",
        "is_loaded": False,
        "schedules": ["primary"],
        "span_local_days": 9.0,
    }
    past |= {"starts_at": at("2026-10-28T09:00"), "ends_at": at("2026-11-06T09:00")}
    rows = pd.DataFrame([past, past | {"key": "0b", "ends_at": at("2026-11-20T09:00")}, past | {"key": "0c", "schedules": ["other"]}]).astype(
        INSTANTS
    )
    estate = Estate(teams={"pay": Team(zone=LONDON, rotations=("primary",))})
    asked_at = at("2026-11-07T12:00")  # a Saturday
    found = rest_plan(rows, Events({"shifts": shifts}, estate, POLICY), NONE_YET, now=asked_at)
    assert [row["subject_kind"] for row in found] == ["rotation", "stretch", "stretch"]
    assert [row["opens_at"] for row in found] == [at("2026-11-09T09:00")] * 3
    assert rest_plan(rows, Events({"shifts": shifts}, estate, POLICY), NONE_YET, now=at("2026-11-09T11:00"))[0]["opens_at"] == at("2026-11-09T11:00")


def test_rotations_and_stretches_keep_the_budget_of_the_week_and_are_asked_about_once():
    now = at("2026-11-09T11:00")
    past = {"level": "long", "origin": "incidental", "is_loaded": False, "schedules": ["primary"], "span_local_days": 9.0}
    past |= {"starts_at": at("2026-10-28T09:00"), "ends_at": at("2026-11-06T09:00")}
    rows = pd.DataFrame([past | {"key": f"0{letter}", "person": letter} for letter in "abcde"]).astype(INSTANTS)
    shifts = pd.DataFrame(columns=["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"]).astype(INSTANTS)
    last_week = dict.fromkeys(("planned_at", "sent_at", "opened_at"), now - timedelta(days=8))
    told = {"key": "0a@t", "subject_kind": "stretch", "subject_key": "0a", "code": "LO-0a", "state": "open", "team": "pay", "hits": []}
    sent = pd.DataFrame([told | last_week])
    estate = Estate(teams={"pay": Team(zone=LONDON, rotations=("primary",))})
    found = rest_plan(rows, Events({"shifts": shifts}, estate, POLICY), sent.reindex(columns=PROMPTS), now=now)

    assert [(row["subject_key"], row["state"]) for row in found] == [("0b", "planned"), ("0c", "withheld"), ("0d", "withheld"), ("0e", "withheld")]
    assert found[-1]["withheld_reason"] == "pay has its 1 prompt of this week; listed in the report"


def asked_of_time_on_call(kind, key, at_, **told):
    times = dict.fromkeys(("planned_at", "sent_at", "opened_at"), at_)
    row = {"key": f"{key}@t", "subject_kind": kind, "subject_key": key, "code": "LO-1", "state": "open", "team": "pay", "hits": [], **times, **told}
    return pd.DataFrame([row]).reindex(columns=PROMPTS)


@pytest.mark.parametrize(
    ("person", "starts", "ends", "is_asked"),
    [
        ("ana", "2026-10-29T18:00", "2026-11-06T09:00", False),  # an evening was given away
        ("ana", "2026-10-28T09:00", "2026-11-07T09:00", False),  # it goes on for a day
        ("ana", "2026-11-06T09:00", "2026-11-14T09:00", True),  # the next one
        ("bo", "2026-10-29T18:00", "2026-11-06T09:00", True),
    ],
)
def test_a_stretch_that_was_swapped_or_corrected_asks_nothing_new(person, starts, ends, is_asked):
    now = at("2026-11-09T11:00")
    told = {"level": "long", "origin": "incidental", "is_loaded": False, "schedules": ["primary"], "span_local_days": 9.0}
    old = told | {"key": "0a", "person": "ana", "starts_at": at("2026-10-28T09:00"), "ends_at": at("2026-11-06T09:00"), "withdrawn_at": now}
    new = told | {"key": "0b", "person": person, "starts_at": at(starts), "ends_at": at(ends), "withdrawn_at": None}
    rows = pd.DataFrame([old, new]).astype(INSTANTS)
    shifts = pd.DataFrame(columns=["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"]).astype(INSTANTS)
    estate = Estate(teams={"pay": Team(zone=LONDON, rotations=("primary",))})
    sent = asked_of_time_on_call("stretch", "0a", now - timedelta(days=9))

    assert [row["subject_key"] for row in rest_plan(rows, Events({"shifts": shifts}, estate, POLICY), sent, now=now)] == (["0b"] if is_asked else [])


@pytest.mark.parametrize(
    ("days", "disposition", "found"),
    [
        (1, None, ["stretch"]),
        (89, None, ["stretch"]),
        (91, None, ["rotation", "stretch"]),
        (89, "right as it is", []),
        (91, "right as it is", ["rotation", "stretch"]),
    ],
)
def test_a_rotation_is_quiet_for_ninety_days_whatever_the_calendar_calls_its_quarter(days, disposition, found):
    now = at("2027-01-04T11:00")
    names = ["person", "schedule", "level", "starts_at", "ends_at", "origin", "zone"]
    weeks = [("ana", "primary", 1, now - timedelta(weeks=w), now - timedelta(weeks=w - 1), "rotation", LONDON) for w in (2, 4, 6)]
    shifts = pd.DataFrame(weeks, columns=names).astype(INSTANTS)
    loaded = {
        "key": "0a",
        "person": "ana",
        "level": "long",
        "origin": "structural",
        "is_loaded": True,
        "schedules": ["primary"],
        "span_local_days": 7.0,
    }
    rows = pd.DataFrame([loaded | {"starts_at": now - timedelta(days=9), "ends_at": now - timedelta(days=2)}]).astype(INSTANTS)
    estate = Estate(teams={"pay": Team(zone=LONDON, rotations=("primary",))})
    asked = now - timedelta(days=days)
    sent = asked_of_time_on_call("rotation", rotation_key(["primary"], asked), asked, state="answered", disposition=disposition)

    assert [row["subject_kind"] for row in rest_plan(rows, Events({"shifts": shifts}, estate, POLICY), sent, now=now)] == found
