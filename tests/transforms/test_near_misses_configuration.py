"""NM-03: a configuration value that was put back."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.estate import Estate
from transforms.events import Events
from transforms.near_misses import near_misses
from transforms.policy import Policy

START = datetime(2026, 3, 2, 9, tzinfo=UTC)


def changes(steps, hours=None, **columns):
    """Changes of one key, each written as "a>b", an hour apart; "-" is an absent value."""
    at = [START + timedelta(hours=hour) for hour in (hours or range(len(steps)))]
    values = [[None if value == "-" else value for value in step.split(">")] for step in steps]
    frame = pd.DataFrame(
        {
            "source": "consul",
            "native_id": [f"c{number}" for number in range(1, len(steps) + 1)],
            "service": "payments",
            "system": "consul",
            "environment": "production",
            "target": "payments/timeout",
            "old_value": [old for old, _ in values],
            "new_value": [new for _, new in values],
            "actor": [f"p{number}" for number in range(len(steps))],
            "applied_at": pd.to_datetime(at, utc=True),
            "title": "",
        }
    )
    return frame.assign(**columns)


def found(frame):
    return near_misses(Events({"config_changes": frame}, Estate(), Policy()))


def pairs(frame):
    hits = found(frame).hits
    return sorted((a, b, e["chain_length"]) for a, b, e in zip(hits["trigger_id"], hits["recovery_id"], hits["evidence"], strict=True))


def test_two_repositories_with_a_file_of_one_name_have_two_settings():
    assert pairs(changes(["a>b", "b>a"], scope=["cart", "search"])) == []
    there_and_back = ["a>b", "b>c", "b>a", "c>b"]
    assert pairs(changes(there_and_back, scope=["cart", "search", "cart", "search"])) == [("c1", "c3", 2), ("c2", "c4", 2)]
    assert pairs(changes(["a>b", "b>a"], scope=None)) == [("c1", "c2", 2)]


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        (["a>b", "b>a"], [("c1", "c2", 2)]),
        (["a>b", "b>c", "c>a"], [("c1", "c3", 3)]),
        (["a>b", "b>c", "c>b"], [("c2", "c3", 2)]),
        (["a>b", "b>c"], []),
        (["a>b", "b>b"], []),
        (["a>-", "->a"], [("c1", "c2", 2)]),
        (["->b", "b>-"], [("c1", "c2", 2)]),
        (["a>b", "b>a", "a>b"], [("c1", "c2", 2)]),
        (["a>b", "b>a", "a>b", "b>a"], [("c1", "c2", 2), ("c3", "c4", 2)]),
    ],
)
def test_a_value_set_again_is_a_hit_from_the_change_that_took_it_away(steps, expected):
    assert pairs(changes(steps)) == expected


def test_to_and_fro_is_one_near_miss():
    assert len(found(changes(["a>b", "b>a", "a>b", "b>a"])).near_misses) == 1


@pytest.mark.parametrize("column", ["target", "environment", "system", "source"])
def test_another_key_in_between_is_another_chain(column):
    assert pairs(changes(["a>b", "x>y", "b>a"], **{column: ["one", "two", "one"]}))[0][:2] == ("c1", "c3")
    assert pairs(changes(["a>b", "b>a"], **{column: ["one", "two"]})) == []


@pytest.mark.parametrize(("seconds", "confidence"), [(601, 0.60), (3600, 0.60), (3601, 0.55), (86400, 0.55)])
def test_the_sooner_a_value_is_put_back_the_surer(seconds, confidence):
    assert found(changes(["a>b", "b>a"], [0, seconds / 3600])).hits["confidence"].tolist() == [confidence]


def test_after_a_day_and_a_second_it_is_no_hit():
    assert pairs(changes(["a>b", "b>a"], [0, 24 + 1 / 3600])) == []


@pytest.mark.parametrize(("seconds", "confidence"), [(600, 0.35), (601, 0.60)])
def test_a_typo_of_ones_own_seen_at_once_is_less_sure(seconds, confidence):
    assert found(changes(["a>b", "b>a"], [0, seconds / 3600], actor="p1")).hits["confidence"].tolist() == [confidence]


def test_planned_words_take_a_quarter_off():
    hit = found(changes(["a>b", "b>a"], title=["Temporarily raise", "Back to normal"])).hits.iloc[0]
    assert (hit["confidence"], hit["reading"]) == (0.35, "planned")


def test_a_planned_change_and_one_outside_production_are_set_aside_with_the_reason():
    planned, staging = (found(changes(["a>b", "b>a"], **column)).near_misses.iloc[0] for column in ({"is_planned": True}, {"environment": "staging"}))
    assert (planned["state"], planned["set_aside_reason"]) == ("set_aside", "planned")
    assert (staging["state"], staging["set_aside_reason"]) == ("set_aside", "not production")


def test_the_values_themselves_appear_nowhere():
    found_here = found(changes(["hunter2>b", "b>hunter2"]))
    assert "hunter2" not in str(found_here.hits.to_dict()) + str(found_here.near_misses.to_dict())
    assert found_here.near_misses["summary"].tolist() == ["payments/timeout was put back to its earlier value after 60 minutes"]


def test_a_key_of_a_file_comes_before_its_file_in_the_summary():
    rows = changes(["a>b", "b>a"], target="services/gateway/production.yaml#rate_limit")
    assert found(rows).near_misses["summary"].tolist() == [
        "rate_limit (services/gateway/production.yaml) was put back to its earlier value after 60 minutes"
    ]


def test_a_source_that_gives_no_old_value_is_not_runnable():
    assert found(changes(["a>b", "b>a"], old_value=None)).not_runnable["NM-03"] == {"consul": "no old_value"}


@pytest.mark.parametrize(
    ("columns", "hours", "aside"),
    [
        ({"actor": "scaler[bot]", "is_bot": True}, (0, 0.66), "a bot undid its own change within one run"),
        ({"actor": "scaler[bot]", "is_bot": True}, (0, 1.1), None),
        ({"actor": ["scaler[bot]", "other[bot]"], "is_bot": True}, (0, 0.66), None),
        ({"actor": ["scaler[bot]", "ada"], "is_bot": [True, False]}, (0, 0.66), None),
        ({"actor": "ada", "is_bot": False}, (0, 0.66), None),
    ],
)
def test_a_value_one_bot_set_and_put_back_within_the_hour_is_its_own_business(columns, hours, aside):
    at = pd.to_datetime([datetime(2026, 3, 2, tzinfo=UTC) + timedelta(hours=hour) for hour in hours], utc=True)
    [story] = found(changes(["3>5", "5>3"], applied_at=at, **columns)).near_misses.to_dict("records")

    assert (story["set_aside_reason"] or None) == aside or (aside is None and pd.isna(story["set_aside_reason"]))
