"""Each concept stands once: what near misses, on call and the report make of one event is the same."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pandas as pd
import pytest

from transforms.estate import Estate, Service
from transforms.events import Events
from transforms.near_misses import near_misses
from transforms.policy import Policy
from transforms.report import Week, figures

NIGHT = datetime(2026, 6, 2, 1, 30, tzinfo=UTC)  # a Tuesday
ESTATE = Estate(services={"cart": Service()})


def deploys():
    """A version that was taken back after half an hour."""
    at = [NIGHT - timedelta(days=2), NIGHT, NIGHT + timedelta(minutes=30)]
    return pd.DataFrame({
        "source": "ci", "native_id": ["1", "2", "3"], "service": "cart", "environment": "production", "version": ["a", "b", "a"],
        "status": "success", "started_at": at, "finished_at": at,
    })  # fmt: skip


def incident(**told):
    row = {"source": "desk", "native_id": "I-1", "service": "cart", "title": "x", "declared_at": NIGHT, "kind": None, "url": None}
    return pd.DataFrame([{**row, "resolved_at": NIGHT + timedelta(hours=1), "severity_initial": None, "severity_max": None, **told}])


def told_of(tables):
    """The one near miss of these tables and the report of its week."""
    events = Events(tables, ESTATE, Policy())
    found = near_misses(events)
    with_found = {**tables, "near_misses": found.near_misses, "near_miss_hits": found.hits}
    week = Week.parse("2026-W23", "UTC")
    report = figures(Events(with_found, ESTATE, Policy()), week=week, as_of=datetime(2026, 6, 10, tzinfo=UTC), not_runnable={})
    [story] = found.near_misses.to_dict("records")
    return story, report


@pytest.mark.parametrize(
    ("words", "is_severe"),
    [
        ({"severity_max": "Kritisch", "severity_initial": "SEV1"}, True),
        ({"severity_max": " sev2 "}, True),
        ({"severity_initial": "P2", "severity_final": "P4"}, True),
        ({"severity_max": "SEV3", "severity_final": "SEV4"}, False),
        ({"severity_max": "Kritisch"}, False),
        ({}, False),
    ],
)
def test_the_most_severe_word_that_is_mapped_says_how_severe_an_incident_was(words, is_severe):
    story, report = told_of({"deploys": deploys(), "incidents": incident(**words)})

    assert (story["set_aside_reason"] == "an incident was declared", story["stakes"]) == (is_severe, 5 if is_severe else 4)
    assert [tier.count for tier in report.tiers[-2:]] == ([0, 1] if is_severe else [1, 0])


@pytest.mark.parametrize(("kind", "is_real"), [(None, True), ("real", True), ("Real ", True), ("rehearsal", False)])
def test_a_rehearsal_is_no_incident_anywhere(kind, is_real):
    story, report = told_of({"deploys": deploys(), "incidents": incident(kind=kind, severity_max="SEV1")})

    assert (story["incident_id"], sum(tier.count for tier in report.tiers[-2:])) == (("I-1", 1) if is_real else (None, 0))


@pytest.mark.parametrize(
    ("level", "disposition", "is_reviewed"),
    [("R1", None, False), ("R1", "planned", True), ("R2", None, True), ("R0", "planned", False), ("held", None, False)],
)
def test_looked_at_counts_where_somebody_said_what_they_made_of_it(level, disposition, is_reviewed):
    review = {
        "source": "desk",
        "native_id": "r",
        "subject_kind": "deploy",
        "subject_id": "ci/2",
        "level": level,
        "disposition": disposition,
        "held_at": NIGHT,
    }
    named = deploys().assign(native_id=["ci/1", "ci/2", "ci/3"])
    story, report = told_of({"deploys": named, "reviews": pd.DataFrame([review])})

    assert (story["review_level"] is not None, story["state"] != "noticed") == (is_reviewed, is_reviewed)
    assert report.tiers[2].talked == (2 if is_reviewed else 0), "the deploy and the one that took it back"
    assert report.opportunities.talked == is_reviewed


def test_a_bare_number_is_the_same_thing_only_where_its_kind_is():
    review = {"source": "desk", "native_id": "r", "subject_kind": "page", "subject_id": "2", "level": "R2", "disposition": None}
    story, report = told_of({"deploys": deploys(), "reviews": pd.DataFrame([review])})

    assert (story["review_level"], report.tiers[2].talked) == (None, 0)


def test_a_persons_nights_are_those_of_the_zone_they_are_on_call_in_where_nobody_says_more():
    at = NIGHT + timedelta(hours=14)  # half past three at night in Auckland
    shifts = pd.DataFrame({"person": ["ana", "ana", "bo"], "zone": ["Pacific/Auckland", "Pacific/Auckland", None]})
    people = Events({"shifts": shifts}, Estate(zone="Europe/Berlin"), Policy()).people
    assert [people.zone_of(name) for name in ("ana", "bo")] == [(ZoneInfo("Pacific/Auckland"), True), (ZoneInfo("Europe/Berlin"), True)]

    page = {"source": "pd", "native_id": "p1", "service": "cart", "title": "slow", "triggered_at": at, "acknowledged_at": at}
    page |= {"resolved_at": at + timedelta(minutes=5), "resolved_by_kind": "integration", "has_note": False}
    call = {"source": "pd", "native_id": "c1", "person": "ana", "page_id": "p1", "sent_at": at, "channel": "phone"}
    tables = {"pages": pd.DataFrame([page]), "interruptions": pd.DataFrame([call]), "shifts": shifts}
    found = near_misses(Events(tables, ESTATE, Policy())).hits
    assert "NM-14" in set(found["detector"])


def test_what_soundings_toml_says_of_a_person_comes_before_the_vendor_and_that_before_the_schedule():
    people = pd.DataFrame({"native_id": ["U1", "U2", "U3"], "zone": ["America/New_York", "America/New_York", "Atlantis"]})
    shifts = pd.DataFrame({"person": ["U1", "U2", "U3", "U3"], "zone": ["Asia/Tokyo", "Asia/Tokyo", "Asia/Tokyo", "Mars/Base"]})
    estate = Estate(identities={"U1": "ana"}, zones={"ana": "Europe/Paris"})
    known = Events({"people": people, "shifts": shifts}, estate, Policy()).people

    told = [known.zone_of(known.person_of(name)) for name in ("U1", "U2", "U3")]
    assert [(zone.key, is_assumed) for zone, is_assumed in told] == [("Europe/Paris", False), ("America/New_York", False), ("Asia/Tokyo", True)]


def landed(*rows, pulls=()):
    """Hours from the beginning at which each commit reached the branch; a row is (hour, fields)."""
    begin = datetime(2026, 6, 1, tzinfo=UTC)
    made = [
        {
            "source": "git",
            "native_id": f"shop@{n}",
            "repo": "shop",
            "sha": str(n),
            "committed_at": begin + timedelta(hours=hour),
            "title": "x",
            "body": "",
        }
        | told
        for n, (hour, told) in enumerate(rows)
    ]
    requests = [{"source": "git", "native_id": f"shop#{n}", "repo": "shop", "number": n, "merged_at": begin + timedelta(hours=h)} for n, h in pulls]
    frame = pd.DataFrame(made).reindex(columns=["source", "native_id", "repo", "sha", "committed_at", "title", "body", "pr_ref", "is_merge"])
    tables = {"commits": frame, "pull_requests": pd.DataFrame(requests, columns=["source", "native_id", "repo", "number", "merged_at"])}
    found = Events(tables, Estate(), Policy()).commits.set_index("sha")["landed_at"]
    return [(found[str(n)] - begin) / timedelta(hours=1) for n in range(len(rows))]


MERGE = {"title": "Merge pull request #7 from acme/rounding", "body": "Round prices", "is_merge": True}


def test_a_commit_counts_from_when_it_reached_the_branch():
    assert landed((0, {"pr_ref": "7"}), (3, MERGE)) == [3, 3]
    assert landed((0, {"title": "Round prices"}), (3, MERGE)) == [3, 3], "the merge tells its title"
    assert landed((0, {"title": "Round prices"}), (900, MERGE)) == [0, 900], "a month is too long for the same title"
    assert landed((0, {"pr_ref": "7"}), (900, MERGE)) == [900, 900], "and not for the request's own number"
    assert landed((0, {"pr_ref": "#7"}), pulls=[("7", 5)]) == [5]
    assert landed((0, {"title": "Round prices (#7)", "pr_ref": "7"}), pulls=[("7", 0.01)]) == [0], "squashed at that moment"
    assert landed((5, {"pr_ref": "7"}), (3, MERGE)) == [5, 3], "a follow-up that names it came by itself"
    assert landed((0, {"pr_ref": "8"}), (3, MERGE)) == [0, 3]
    assert landed((0, {})) == [0]


def test_what_was_merged_after_a_deploy_had_not_reached_production_by_it():
    begin = datetime(2026, 6, 2, 8, tzinfo=UTC)
    told = [(0, "1" * 40, {"title": "Round prices"}), (1, "2" * 40, {"title": "Tidy up"}), (3, "3" * 40, MERGE)]
    told += [(3.5, "4" * 40, {"title": 'Revert "Round prices"', "body": f"This reverts commit {'1' * 40}."})]
    commits = [
        {"source": "git", "native_id": f"shop@{sha}", "service": "cart", "repo": "shop", "sha": sha, "committed_at": begin + timedelta(hours=hour)}
        | fields
        for hour, sha, fields in told
    ]
    deploy = {"source": "ci", "native_id": "d", "service": "cart", "environment": "production", "version": "v1", "status": "success"}
    deploy |= {"commit_sha": "2" * 40, "started_at": begin + timedelta(hours=1.5)}
    found = near_misses(Events({"commits": pd.DataFrame(commits), "deploys": pd.DataFrame([deploy])}, ESTATE, Policy())).hits

    [hit] = found.to_dict("records")
    assert (hit["confidence"], hit["evidence"]["is_deployed"], hit["evidence"]["minutes"]) == (0.35, False, 30.0)
