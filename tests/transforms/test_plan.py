"""Which findings become prompts, in which order, and why the others do not."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate, Service, Team
from transforms.policy import Policy
from transforms.prompts import code, plan

LONDON = "Europe/London"
POLICY = Policy()
TEAM = Team(zone=LONDON)


def at(text, zone="UTC"):
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).astimezone(UTC)


ESTATE = Estate(services={"payments": Service(team="pay")}, teams={"pay": TEAM})
NOW = at("2026-11-03T12:00")
PROMPTS = ["key", "subject_kind", "subject_key", "code", "state", "team", "hits", "planned_at", "sent_at", "opened_at", "answered_at", "disposition"]


def story(number, detector="NM-01", **more):
    """One near miss with one hit, as they stand in the tables."""
    key = f"{number:016x}"
    row = {
        "key": key,
        "service": f"svc{number}",
        "team": f"team{number}",
        "ended_at": at("2026-11-02T14:41"),
        "confidence": 0.7,
        "stakes": 3,
        "placement": "prompt",
        "state": "noticed",
        "set_aside_reason": None,
        "hits": [f"h{number}"],
    } | more
    evidence = {"title": "HTTP 5xx"} if detector == "NM-15" else {}
    one = {"key": row["hits"][0], "detector": detector, "family": "change", "service": row["service"], "confidence": 0.7, "evidence": evidence}
    return row, one


def frames(*stories):
    instants = {"ended_at": "datetime64[us, UTC]"}
    misses = pd.DataFrame([row for row, _ in stories]).astype(instants)
    return misses, pd.DataFrame([one for _, one in stories]).drop_duplicates("key")


def asked(*rows):
    times = ["planned_at", "sent_at", "opened_at", "answered_at"]
    return pd.DataFrame(rows, columns=PROMPTS).astype(dict.fromkeys(times, "datetime64[us, UTC]"))


def before(number, **more):
    """A prompt that was opened a day ago."""
    key = f"{number:016x}"
    given = {
        "key": f"k{number}",
        "subject_kind": "near_miss",
        "subject_key": key,
        "code": code(key),
        "state": "open",
        "team": f"team{number}",
        "hits": [f"h{number}"],
    }
    return given | {"opened_at": NOW - timedelta(days=1)} | more


def planned(*stories, prompts=(), policy=POLICY, **more):
    given = {"now": NOW, "covered_until": {"pd": NOW}, "first_seen": {}} | more
    return plan(*frames(*stories), asked(*prompts), ESTATE, policy, **given)


def reasons(found):
    return [None if state == "planned" else reason for state, reason in zip(found["state"], found["withheld_reason"], strict=True)]


def test_a_ripe_finding_is_planned_with_its_times():
    found = planned(story(1, team="pay"), story(2, placement="list"))
    assert found["subject_key"].tolist() == [f"{1:016x}"]
    assert found["state"].tolist() == ["planned"]
    assert found["opens_at"][0] == at("2026-11-03T09:00")
    assert found["not_before_at"][0] == at("2026-11-03T14:41")


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"state": "set_aside", "set_aside_reason": "planned"}, "planned"),
        ({"state": "answered"}, "people have talked about it"),
        ({"state": "talking"}, "people are talking about it"),
        ({"ended_at": NOW - timedelta(days=14, seconds=1)}, "older than 14 days when first seen"),
    ],
)
def test_what_is_not_asked_about_has_a_reason(more, reason):
    assert reasons(planned(story(1, **more))) == [reason]


def test_the_age_gate_looks_at_the_day_it_was_first_seen():
    old = story(1, ended_at=NOW - timedelta(days=20))
    assert reasons(planned(old, first_seen={old[0]["key"]: NOW - timedelta(days=7)})) == [None]
    assert reasons(planned(story(1, ended_at=NOW - timedelta(days=14)))) == [None]
    ancient = story(1, ended_at=NOW - timedelta(days=31))
    assert reasons(planned(ancient, first_seen={ancient[0]["key"]: NOW - timedelta(days=29)})) == ["older than 30 days"]


def test_a_finding_waits_for_every_source_but_not_longer_than_three_days():
    ended = at("2026-11-02T14:41")
    assert reasons(planned(story(1), covered_until={"pd": NOW, "git": ended + timedelta(hours=5)})) == ["waiting for git"]
    assert reasons(planned(story(1), covered_until={"git": ended + timedelta(hours=6)})) == [None]
    late = {"now": ended + timedelta(days=3, hours=6), "covered_until": {"git": ended}}
    assert reasons(planned(story(1), **late)) == [None]


def test_a_story_is_asked_about_once_whatever_its_key():
    assert reasons(planned(story(1), prompts=[before(1)])) == ["already asked about in LO-00000000"]
    found = planned(story(2, hits=["h1"]), prompts=[before(1)])
    assert found["same_as"].tolist() == ["k1"]
    assert reasons(planned(story(1), prompts=[before(1, state="withheld"), before(1, state="planned")])) == [None]


def test_the_same_kind_of_event_cools_down_for_fourteen_days():
    old, new = story(1, service="payments", state="invited"), story(2, service="payments")
    prompts = [before(1, opened_at=NOW - timedelta(days=13))]
    assert reasons(planned(old, new, prompts=prompts))[1] == "the same kind of event was asked about in LO-00000000 of 2026-10-21"
    assert reasons(planned(old, new, prompts=[before(1, answered_at=NOW)]))[1].startswith("this came back after LO-")
    assert reasons(planned(old, new, prompts=[before(1, opened_at=NOW - timedelta(days=14))]))[1] is None
    assert reasons(planned(old, story(2, service="other"), prompts=prompts))[1] is None
    assert reasons(planned(story(1, service="payments"), new))[1].startswith("the same kind of event is being asked about")


@pytest.mark.parametrize(
    ("said", "days", "service", "reason"),
    [
        ("stop asking about this", 179, "payments", "people asked in LO-00000000 not to be asked about this until 2026-11-04"),
        ("known and fine, stop asking about this", 15, "payments", "people asked in LO-00000000 not to be asked about this until 2027-04-17"),
        ("stop asking about this", 180, "payments", None),
        ("stop asking about this", 15, "other", None),
        ("wrong guess", 15, "payments", None),
        (None, 15, "payments", None),
    ],
)
def test_what_people_asked_not_to_be_asked_about_rests_for_half_a_year(said, days, service, reason):
    old, new = story(1, service="payments", state="answered"), story(2, service=service)
    prompts = [before(1, opened_at=NOW - timedelta(days=days), disposition=said)]
    assert reasons(planned(old, new, prompts=prompts))[1] == reason


def test_the_budget_goes_by_stakes_then_confidence_with_variety_among_equals():
    stories = [
        story(1, stakes=3, confidence=0.9, team="pay"),
        story(2, stakes=3, confidence=0.8, team="pay"),
        story(3, "NM-15", stakes=3, confidence=0.61, team="pay"),
        story(4, stakes=5, confidence=0.5, team="pay"),
    ]
    found = planned(*stories)
    assert [int(key, 16) for key in found["subject_key"]] == [4, 1, 3, 2]
    assert reasons(found) == [None, None, None, "pay has its 3 prompts of this week; listed in the report"]


def test_the_week_of_the_organisation_and_the_first_run_have_their_limits():
    many = [story(n) for n in range(1, 30)]
    assert reasons(planned(*many)).count(None) == 15
    assert reasons(planned(*many, policy=Policy(budget_organisation_week=99))).count(None) == 20
    assert reasons(planned(*many, prompts=[before(100 + n) for n in range(12)])).count(None) == 3
    assert reasons(planned(*many, prompts=[before(100 + n, opened_at=NOW - timedelta(days=7)) for n in range(12)])).count(None) == 15


def test_planning_is_the_same_in_any_order():
    many = [story(n, stakes=n % 3 + 1) for n in range(1, 25)]
    assert planned(*many).equals(planned(*reversed(many)))


def test_prompts_about_time_on_call_use_up_nothing_of_the_budget_of_near_misses():
    rests = [before(100 + n, subject_kind=kind, team="pay") for n, kind in enumerate(("rotation", "stretch", "stretch"))]
    found = planned(*(story(number, team="pay") for number in range(4)), prompts=rests)
    assert found["state"].tolist() == ["planned", "planned", "planned", "withheld"]
