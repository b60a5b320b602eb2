"""NM-01: a production deploy that puts an older version back."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.estate import Estate, Service
from transforms.events import Events
from transforms.near_misses import near_misses
from transforms.policy import Policy

START = datetime(2026, 3, 2, 9, tzinfo=UTC)
RELEASES = ["release-1", "release-2", "release-3"]


def deploys(versions, hours=None, **columns):
    at = [START + timedelta(hours=hour) for hour in (hours or range(len(versions)))]
    frame = pd.DataFrame(
        {
            "source": "argocd",
            "native_id": [f"d{number}" for number in range(1, len(versions) + 1)],
            "service": "payments",
            "environment": "production",
            "version": versions,
            "previous_version": None,
            "status": "success",
            "started_at": pd.to_datetime(at, utc=True),
            "finished_at": pd.to_datetime(at, utc=True),
        }
    )
    return frame.assign(**columns)


def found(frame, estate=None):
    return near_misses(Events({"deploys": frame}, estate or Estate(), Policy()))


def pairs(frame, estate=None):
    hits = found(frame, estate).hits
    return sorted(zip(hits["trigger_id"], hits["recovery_id"], strict=True))


def test_only_the_step_back_is_a_hit_and_not_the_roll_forward_after_it():
    assert pairs(deploys(["v1", "v2", "v1", "v2", "v3"])) == [("d2", "d3")]


def test_a_redeploy_of_the_same_version_is_none():
    assert pairs(deploys(["v1", "v1"])) == []


def test_redeploys_in_between_do_not_hide_a_step_back_and_the_first_of_them_is_the_trigger():
    assert pairs(deploys(["v1", "v2", "v2", "v1"])) == [("d2", "d4")]


def test_order_of_first_appearance_decides_and_not_the_version_text():
    assert pairs(deploys(["b7e23ec", "2026-01-02", "b7e23ec"])) == [("d2", "d3")]
    assert pairs(deploys(["v9", "v10", "v11"])) == []


def test_the_version_live_before_the_log_begins_counts_as_seen():
    assert pairs(deploys(["v2", "v1"], previous_version=["v1", "v2"])) == [("d1", "d2")]
    assert pairs(deploys(["v2", "v1"])) == []


def test_a_step_back_may_skip_versions():
    assert pairs(deploys(["v1", "v2", "v3", "v1"])) == [("d3", "d4")]


@pytest.mark.parametrize(
    ("seconds", "confidence"),
    [(3600, 0.70), (3601, 0.65), (4 * 3600, 0.65), (4 * 3600 + 1, 0.50), (24 * 3600, 0.50), (24 * 3600 + 1, 0.30), (72 * 3600, 0.30)],
)
def test_the_sooner_it_is_put_back_the_surer(seconds, confidence):
    hits = found(deploys(["v1", "v2", "v1"], [0, 1, 1 + seconds / 3600])).hits
    assert hits["confidence"].tolist() == [confidence]


def test_after_72_hours_and_a_second_it_is_no_hit():
    assert pairs(deploys(["v1", "v2", "v1"], [0, 1, 73 + 1 / 3600])) == []


def test_a_bare_commit_among_releases_is_a_branch_test_and_less_sure():
    hits = found(deploys([*RELEASES, "0a1b2c3d4e", "release-3"])).hits
    assert hits["confidence"].tolist() == [0.4]
    only_commits = found(deploys(["0a1b2c3", "1a1b2c3", "0a1b2c3"])).hits
    assert only_commits["confidence"].tolist() == [0.7]


@pytest.mark.parametrize("status", ["failed", "cancelled", "superseded", "running"])
def test_a_deploy_that_did_not_go_live_is_no_step(status):
    frame = deploys(["v1", "v2", "v1"], status=["success", status, "success"])
    assert pairs(frame) == []


def test_a_source_that_gives_no_status_is_taken_as_live():
    assert pairs(deploys(["v1", "v2", "v1"], status=None)) == [("d2", "d3")]


def test_other_environments_and_other_services_are_other_chains():
    assert pairs(deploys(["v1", "v2", "v1"], environment="staging")) == []
    assert pairs(deploys(["v1", "v2", "v1"], environment=["production", "production", "staging"])) == []
    assert pairs(deploys(["v1", "v2", "v1"], service=["payments", "payments", "search"])) == []


def test_the_estate_says_which_environments_are_production():
    estate = Estate(services={"payments": Service(team="money", production=("blue",))})
    assert pairs(deploys(["v1", "v2", "v1"], environment="Blue"), estate) == [("d2", "d3")]
    assert pairs(deploys(["v1", "v2", "v1"]), estate) == []


def test_bots_are_never_left_out():
    assert pairs(deploys(["v1", "v2", "v1"], is_bot=True)) == [("d2", "d3")]


def test_a_deploy_counts_from_when_it_finished():
    frame = deploys(["v1", "v2", "v1"], [0, 1, 3])
    frame["finished_at"] = frame["started_at"] + pd.to_timedelta([5, 90, 5], unit="min")
    hit = found(frame).hits.iloc[0]
    assert (hit["started_at"], hit["ended_at"]) == (pd.Timestamp("2026-03-02 11:30Z"), pd.Timestamp("2026-03-02 12:05Z"))


def test_deploys_of_the_same_instant_are_ordered_by_their_id():
    frame = deploys(["v1", "v2", "v1"], [0, 1, 1])
    assert pairs(frame) == pairs(frame.iloc[::-1]) == [("d2", "d3")]


def test_the_near_miss_says_the_versions_and_the_minutes():
    story = found(deploys(["v411", "v412", "v411"], [0, 1, 1 + 38 / 60])).near_misses.iloc[0]
    assert story["summary"] == "v412 was replaced by v411 after 38 minutes"
    assert (story["placement"], story["state"], story["stakes"]) == ("prompt", "noticed", 3)


def test_a_source_without_versions_is_not_runnable_rather_than_quiet():
    both = pd.concat([deploys(["v1", "v2"]), deploys([None, None], source="jenkins")])
    assert found(both).not_runnable["NM-01"] == {"jenkins": "no version"}
    assert found(deploys(["v1", "v2"]).drop(columns="version")).not_runnable["NM-01"] == {"argocd": "no version"}
    assert near_misses(Events({}, Estate(), Policy())).not_runnable["NM-01"] == {"*": "no deploys"}


A, B, C = "a" * 40, "b" * 40, "c" * 40


@pytest.mark.parametrize(
    ("versions", "shas", "told"),
    [
        (["v101", "v102", "v103"], [A, B, A], "v102 was replaced by v103 (v101 again) after 60 minutes"),
        (["7", "8", "9"], [A, B, A], "8 was replaced by 9 (7 again) after 60 minutes"),
        (["v101", "v102", "v103"], [A, B, C], None),
        (["v101", "v102", "v103"], [A, A, A], None),
        (["latest", "latest", "latest"], [A, B, A], "bbbbbbbbbbbb was replaced by aaaaaaaaaaaa after 60 minutes"),
        (["latest", "latest", "latest"], [A, B, B], None),
        (["latest", "latest", "latest"], [None, None, None], None),
        (["v1.4.0", "v1.5.0", "1.4.0"], [A, B, C], "v1.5.0 was replaced by 1.4.0 (v1.4.0 again) after 60 minutes"),
        (["v1", "v2", "v1"], [A, B, C], "v2 was replaced by v1 after 60 minutes"),
        (["v1.1", "v1.2", "v1.3"], [A, B, A], None),
    ],
)
def test_where_names_only_count_up_or_stay_the_commit_says_what_came_back(versions, shas, told):
    found_here = found(deploys(versions, commit_sha=shas)).near_misses
    assert found_here["summary"].tolist() == ([told] if told else [])


def test_a_name_that_counts_up_may_say_in_its_title_where_it_went_back_to():
    titles = ["Deploy 9f2", "Deploy 8c1", "Rollback to v101"]
    assert found(deploys(["v101", "v102", "v103"], title=titles)).near_misses["summary"].tolist() == [
        "v102 was replaced by v103 (v101 again) after 60 minutes"
    ]
    assert pairs(deploys(["v101", "v102", "v103"], title=[*titles[:2], "Rollback to v99"])) == []


@pytest.mark.parametrize(
    "titles",
    [
        [None, "canary 5 %", "stable 95 %", "promoted"],
        [None, "Canary of v2", "scale out, same version", "all of it"],
        [None, "10% of traffic", "back at 90%", "100 %"],
    ],
)
def test_a_part_of_a_rollout_is_no_step_of_the_environment(titles):
    assert pairs(deploys(["v1", "v2", "v1", "v2"], [0, 2, 2.1, 3], title=titles)) == []


@pytest.mark.parametrize(
    ("versions", "hours", "expected", "is_said"),
    [
        (["v1", "v1", "v2", "v1", "v2"], [0, 0.1, 2, 2.1, 2.5], [], True),  # the other region still had the old one, or went back to it
        (["v1", "v1", "v2", "v2", "v1"], [0, 0.1, 2, 2.1, 2.2], [("d3", "d5")], False),  # both had the new one
        (["v1", "v1", "v2", "v1"], [0, 0.1, 2, 3], [("d3", "d4")], False),  # an hour later it is no rollout any more
        (["v1", "v2", "v1"], [0, 2, 2.1], [("d2", "d3")], False),
    ],
)
def test_what_may_be_one_more_region_is_no_step_back_and_that_is_said(versions, hours, expected, is_said):
    frame = deploys(versions, hours)
    assert pairs(frame) == expected
    said = {"argocd": "1 deploy may have gone back or to one more region: name regions as environments of their own"}
    assert found(frame).not_runnable.get("NM-01", {}) == (said if is_said else {})
