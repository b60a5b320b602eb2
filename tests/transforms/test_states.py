from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from transforms.policy import Policy
from transforms.reviews.states import states

NOW = datetime(2026, 11, 3, 8, tzinfo=UTC)


def state(*, days=5, review=None, prompt=None, placement="prompt", before="noticed"):
    ended_at = pd.Timestamp(NOW - timedelta(days=days))
    stories = pd.DataFrame([{"key": "k", "state": before, "review_level": review, "placement": placement, "ended_at": ended_at}])
    prompts = pd.DataFrame([{"subject_key": "k", "state": prompt}] if prompt else [], columns=["subject_key", "state"])
    return states(stories, prompts, NOW, Policy())["state"].iloc[0]


@pytest.mark.parametrize(
    ("prompt", "expected"),
    [
        (None, "noticed"),
        ("planned", "resting"),
        ("intent", "invited"),
        ("unknown", "invited"),
        ("open", "invited"),
        ("talking", "talking"),
        ("answered", "answered"),
        ("closed", "closed_unrecorded"),
        ("withheld", "noticed"),
    ],
)
def test_a_story_stands_where_its_prompt_does(prompt, expected):
    assert state(prompt=prompt) == expected


@pytest.mark.parametrize(("review", "expected"), [("R1", "answered"), ("R2", "shared"), ("R3", "shared"), ("R0", "let_go")])
def test_what_people_said_comes_first_even_late(review, expected):
    assert state(days=40, review=review, prompt="open") == expected


def test_a_story_is_let_go_after_thirty_days_and_not_before():
    assert [state(days=30), state(days=31), state(days=31, prompt="open"), state(days=31, prompt="talking")] == [
        "noticed",
        "let_go",
        "let_go",
        "talking",
    ]


def test_what_is_only_counted_is_never_let_go():
    assert state(days=31, placement="count") == "noticed"


def test_what_was_set_aside_stays_so():
    assert state(review="R2", before="set_aside") == "set_aside"
