"""NM-13, NM-14, NM-15: pages that ended by themselves."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate
from transforms.events import Events
from transforms.events.alerts import fingerprint
from transforms.near_misses import near_misses
from transforms.policy import Policy

START = datetime(2026, 3, 2, 12, tzinfo=UTC)
ESTATE = Estate(zones={"auckland": "Pacific/Auckland", "london": "Europe/London"})


def pages(hours, minutes=10, **columns):
    at = [START + timedelta(hours=hour) for hour in hours]
    frame = pd.DataFrame(
        {
            "source": "pagerduty",
            "native_id": [f"P{number}" for number in range(1, len(hours) + 1)],
            "service": "payments",
            "alert_key": "LatencyHigh",
            "title": "Latency is high",
            "triggered_at": pd.to_datetime(at, utc=True),
            "acknowledged_at": pd.to_datetime(at, utc=True) + pd.Timedelta(minutes=1),
            "acknowledged_by": None,
            "resolved_at": pd.to_datetime(at, utc=True) + pd.to_timedelta(minutes, unit="min"),
            "resolved_by_kind": "integration",
            "incident_id": None,
            "has_note": None,
            "teams": [[] for _ in hours],
        }
    )
    return frame.assign(**columns)


def calls(frame, person, minutes=1):
    sent = frame["triggered_at"] + pd.Timedelta(minutes=minutes)
    return pd.DataFrame(
        {"source": "pagerduty", "native_id": "i" + frame["native_id"], "person": person, "page_id": frame["native_id"], "sent_at": sent}
    )


def hits(frame, detector, **others):
    found = near_misses(Events({"pages": frame, **others}, ESTATE, Policy())).hits
    found = found[found["detector"] == detector].sort_values(["started_at", "trigger_id"])
    return dict(zip(found["trigger_id"], found["confidence"], strict=True))


def test_a_page_is_its_own_trigger_and_recovery():
    found = near_misses(Events({"pages": pages([0])}, ESTATE, Policy())).hits.iloc[0]
    assert (found["trigger_id"], found["recovery_id"], found["recovery_source"]) == ("P1", "P1", "pagerduty")


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        ({}, {"P1": 0.20}),
        ({"resolved_by_kind": "timeout"}, {"P1": 0.20}),
        ({"resolved_by_kind": "human"}, {}),
        ({"incident_id": "INC-1"}, {}),
        ({"has_note": True}, {}),
        ({"has_note": False}, {"P1": 0.20}),
        ({"resolved_at": pd.NaT}, {}),
    ],
)
def test_acknowledged_and_resolved_by_itself_with_nothing_written(column, expected):
    assert hits(pages([0], **column), "NM-13") == expected


def test_a_page_nobody_acknowledged_is_not_one_that_was_acknowledged():
    frame = pages([0, 400])
    frame.loc[0, "acknowledged_at"] = pd.NaT
    assert list(hits(frame, "NM-13")) == ["P2"]


@pytest.mark.parametrize(("minutes", "count"), [(30, 1), (30 + 1 / 60, 0)])
def test_a_page_of_more_than_half_an_hour_did_not_just_pass(minutes, count):
    assert len(hits(pages([0], minutes), "NM-13")) == count


def test_the_third_of_one_alert_in_seven_days_is_surer_and_the_second_is_not():
    assert hits(pages([0, 100, 168]), "NM-13") == {"P1": 0.20, "P2": 0.20, "P3": 0.45}
    assert hits(pages([0, 100, 168 + 1 / 3600]), "NM-13") == {"P1": 0.20, "P2": 0.20, "P3": 0.20}
    assert hits(pages([0, 1, 2], alert_key=["one", "two", "three"]), "NM-13") == {"P1": 0.20, "P2": 0.20, "P3": 0.20}


def test_a_note_added_later_takes_the_hit_away():
    assert hits(pages([0, 1], has_note=[True, False]), "NM-13") == {"P2": 0.20}


def test_night_is_night_where_the_person_lives():
    frame = pages([0])  # noon in London, one in the morning in Auckland
    assert hits(frame, "NM-14", interruptions=calls(frame, "auckland")) == {"P1": 0.35}
    assert hits(frame, "NM-14", interruptions=calls(frame, "london")) == {}


@pytest.mark.parametrize(("channel", "count"), [("push", 1), ("sms", 1), ("phone", 1), (None, 1), ("email", 0), ("chat", 0)])
def test_mail_and_chat_wake_nobody(channel, count):
    frame = pages([0])
    assert len(hits(frame, "NM-14", interruptions=calls(frame, "auckland").assign(channel=channel))) == count


@pytest.mark.parametrize(("clock", "count"), [("21:59:59", 0), ("22:00:00", 1), ("07:59:59", 1), ("08:00:00", 0)])
@pytest.mark.parametrize("day", ["2026-03-27", "2026-03-30"])  # before and after the clocks change in London
def test_sleep_hours_are_ten_to_eight_on_the_local_clock(clock, count, day):
    local = datetime.fromisoformat(f"{day}T{clock}").replace(tzinfo=ZoneInfo("Europe/London"))
    frame = pages([(local - START) / timedelta(hours=1)])
    assert len(hits(frame, "NM-14", interruptions=calls(frame, "london", 0))) == count


def test_woken_twice_in_a_week_is_surer_and_a_page_nobody_acknowledged_counts_too():
    frame = pages([0, 24], acknowledged_at=pd.Series([pd.NaT, pd.NaT], dtype="datetime64[us, UTC]"))
    assert hits(frame, "NM-14", interruptions=calls(frame, "auckland")) == {"P1": 0.35, "P2": 0.55}


@pytest.mark.parametrize(("minutes", "count"), [(15, 1), (15 + 1 / 60, 0)])
def test_a_page_of_more_than_a_quarter_of_an_hour_lasted(minutes, count):
    frame = pages([0], minutes)
    assert len(hits(frame, "NM-14", interruptions=calls(frame, "auckland"))) == count


def test_without_interruptions_it_is_not_known_who_was_woken():
    assert near_misses(Events({"pages": pages([0])}, ESTATE, Policy())).not_runnable["NM-14"] == {"*": "no interruptions"}


@pytest.mark.parametrize(
    ("hours", "expected"),
    [
        ([0, 10], {}),
        ([0, 10, 24], {"P1": 0.40}),
        ([0, 10, 24 + 1 / 3600], {}),
        ([10, 11.5, 13], {"P1": 0.40}),  # from 22:00 to 01:00
        ([0, 30, 60, 90, 168], {"P1": 0.40}),
        ([0, 30, 60, 90, 168 + 1 / 3600], {}),
        ([0, 1, 2, 100, 101, 102], {"P1": 0.40, "P4": 0.40}),
    ],
)
def test_three_in_a_day_or_five_in_a_week_are_flapping(hours, expected):
    assert hits(pages(hours), "NM-15") == expected


def test_flapping_lists_all_its_pages_and_counts_cycles_that_ended():
    found = near_misses(Events({"pages": pages([0, 1, 2, 3])}, ESTATE, Policy()))
    evidence = next(e for d, e in zip(found.hits["detector"], found.hits["evidence"], strict=True) if d == "NM-15")
    assert (evidence["times"], evidence["pages"]) == (4, ["P1", "P2", "P3", "P4"])
    open_still = pages([0, 1, 2], resolved_at=pd.to_datetime([None, "2026-03-02T13:10Z", "2026-03-02T14:10Z"], utc=True))
    assert hits(open_still, "NM-15") == {}


def test_flapping_at_night_is_surer():
    frame = pages([0, 1, 2])
    assert hits(frame, "NM-15", interruptions=calls(frame.iloc[1:2], "auckland")) == {"P1": 0.55}


def test_pages_of_one_alert_are_known_by_what_stays_the_same():
    assert list(hits(pages([0, 1, 2], alert_key=["api-7d4b9c6f5-x2x7k down", "api-7d4b9c6f5-mn8qw down", "api-5f6c7b8d9-zz4tp down"]), "NM-15")) == [
        "P1"
    ]
    assert hits(pages([0, 1, 2], service=["a", "b", "c"]), "NM-15") == {}
    assert list(hits(pages([0, 1, 2], alert_key=None), "NM-15")) == ["P1"]
    assert hits(pages([0, 1, 2], alert_key=None, title=["disk", "memory", "queue"]), "NM-15") == {}


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("web-7d4b9c6f5-x2x7k: OOM", "web-*: oom"),
        ("Disk 91.5% full on db-12", "disk *% full on db-*"),
        ("550e8400-e29b-41d4-a716-446655440000", ""),
        ("8812", ""),
        ("checkout p99", "checkout p*"),
        ("deadbeef cafe", "deadbeef cafe"),
    ],
)
def test_names_of_instances_and_numbers_are_no_part_of_an_alert(text, mark):
    assert fingerprint(text) == mark


@pytest.mark.parametrize(
    ("hours", "minutes", "times"),
    [
        ([0, 0.02, 0.04], 60, 1),  # three hosts in one outage
        ([0, 0.5, 1.2], 60, 1),  # each overlaps the next
        ([0, 0.5, 1.6], 60, 2),
        ([0, 1, 2], 60, 3),  # each begins as the one before ends
        ([0, 0, 0], 60, 1),
        ([0, 0.1, 2, 2.1, 4, 4.1], 30, 3),
    ],
)
def test_what_comes_while_it_is_still_there_has_not_come_again(hours, minutes, times):
    hosts = [f"LatencyHigh/web-{number}" for number in range(len(hours))]
    found = Events({"pages": pages(hours, minutes, alert_key=hosts)}, ESTATE, Policy()).quiet_cycles

    assert len(found) == times
    assert sorted(name for names in found["pages"] for name in names) == [f"P{number}" for number in range(1, len(hours) + 1)]


def test_three_hosts_at_once_are_no_flapping_and_three_times_is():
    assert hits(pages([0, 0.02, 0.04], 60), "NM-15") == {}
    found = near_misses(Events({"pages": pages([0, 0.02, 2, 2.02, 4, 4.02], 60)}, ESTATE, Policy())).hits
    [episode] = found[found["detector"] == "NM-15"].to_dict("records")
    assert (episode["evidence"]["times"], sorted(episode["evidence"]["pages"])) == (3, ["P1", "P2", "P3", "P4", "P5", "P6"])
    assert hits(pages([0, 0.02, 24, 48], 10), "NM-13") == {"P1": 0.20, "P3": 0.20, "P4": 0.45}, "two at once count once"


def test_one_of_several_that_is_still_there_keeps_the_alert_open():
    frame = pages([0, 0.02], 10)
    frame.loc[1, "resolved_at"] = pd.NaT
    assert hits(frame, "NM-13") == {}
    frame = pages([0, 0.02], 10)
    frame.loc[1, "resolved_by_kind"] = "human"
    assert hits(frame, "NM-13") == {}, "people ended part of it"


@pytest.mark.parametrize(
    ("columns", "is_found"),
    [
        ({"acknowledged_by": "ada"}, True),
        ({"acknowledged_by": "workflow-automation"}, False),
        ({"acknowledged_by": "event-orchestration[bot]"}, False),
        ({"acknowledged_by": "svc-deploy"}, False),
        ({"acknowledged_by": "jan.talbot"}, True),
        ({"acknowledged_at": START + timedelta(minutes=25)}, False),
        ({"acknowledged_at": START + timedelta(minutes=10)}, True),
    ],
)
def test_only_a_person_before_the_end_has_taken_a_page(columns, is_found):
    assert bool(hits(pages([0], **columns), "NM-13")) == is_found


@pytest.mark.parametrize(
    ("title", "asked"),
    [
        ("[TEST] please ignore - test page", False),
        ("Test", False),
        ("test: paging the new rotation", False),
        ("This is a test of the escalation policy", False),
        ("(drill) database is gone", False),
        ("Fire drill: region lost", False),
        ("Please disregard, checking the phone", False),
        ("Load test environment is down", True),
        ("Contest page is slow", True),
        ("Test suite of checkout is red", True),
        ("Latest backup is missing", True),
        ("Drilling rig sensor is silent", True),
    ],
)
def test_a_test_page_asked_nobody(title, asked):
    assert bool(hits(pages([0], title=title), "NM-13")) == asked
