"""Pull requests of GitHub over real HTTP: who looked at them, in how few questions."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Garbled
from connectors.github import pull
from demo.vendors.weather import answer
from signals.records import PullRequest
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"


def _read(api, window=WEEK, *, repositories=(REPO,), **options):
    return list(pull(api, window, repositories=repositories, **options))


def _hours(number):
    return MONDAY + timedelta(hours=number)


def test_a_pull_request_says_who_looked_at_it(github, api):
    reviews = [("grace", "COMMENTED"), ("ada", "COMMENTED"), (None, "APPROVED"), ("grace", "APPROVED"), ("lint[bot]", "COMMENTED")]
    number = github.state.add_pull(
        REPO, "Cart", _hours(-100), merged_at=_hours(3), merge_sha="c" * 40, reviews=reviews, headRefName="cart", body="Why: it was slow"
    )

    [record] = _read(api)
    assert record == PullRequest(
        native_id=f"{REPO}#{number}",
        scope=REPO,
        url=f"https://github.example/{REPO}/pull/{number}",
        changed_at_source=_hours(3),
        repo=REPO,
        number=str(number),
        title="Cart",
        opened_at=_hours(-100),
        author="ada",
        body="Why: it was slow",
        branch="cart",
        merged_at=_hours(3),
        closed_at=_hours(3),
        merge_sha="c" * 40,
        reviewers=("grace", "lint[bot]"),
        review_state="APPROVED",
    )
    assert record.raw["reviews"][0] == {"state": "COMMENTED", "author": {"__typename": "User", "login": "grace"}}


@pytest.mark.parametrize(
    ("decision", "reviews", "state"),
    [
        (None, [], None),
        (None, [("grace", "COMMENTED")], None),
        (None, [("grace", "CHANGES_REQUESTED"), ("grace", "APPROVED"), ("grace", "COMMENTED")], "APPROVED"),
        (None, [("grace", "CHANGES_REQUESTED"), ("linus", "APPROVED")], "CHANGES_REQUESTED"),
        (None, [("grace", "APPROVED"), ("grace", "DISMISSED")], None),
        ("REVIEW_REQUIRED", [("grace", "APPROVED")], "REVIEW_REQUIRED"),
    ],
)
def test_the_review_state_is_the_rules_or_the_last_word_of_each_reviewer(github, api, decision, reviews, state):
    github.state.add_pull(REPO, "Cart", _hours(1), reviews=reviews, reviewDecision=decision)

    assert _read(api)[0].review_state == state


def test_more_than_ten_reviews_are_read_to_the_end(github, api, server):
    github.state.add_pull(REPO, "Long talk", _hours(1), reviews=[(f"reviewer-{number}", "COMMENTED") for number in range(230)])

    assert len(_read(api)[0].reviewers) == 230
    assert len(server.requests) == 2 + 3


def test_a_pull_request_belongs_to_the_window_of_its_last_change(github, api):
    for hours in (-1, 0, 167, 168):
        github.state.add_pull(REPO, f"changed {hours}", _hours(-300), updated_at=_hours(hours))

    assert [record.title for record in _read(api)] == ["changed 167", "changed 0"]


def test_two_hundred_pull_requests_cost_four_questions(github, api, server):
    for number in range(200):
        github.state.add_pull(REPO, f"number {number}", _hours(1), updated_at=_hours(2), reviews=[("grace", "APPROVED")] * 3)

    assert len(_read(api)) == 200
    assert len(server.requests) / 200 <= 0.05
    assert len(server.requests) == 1 + 4


def test_partial_data_beside_an_error_is_never_taken(github, api, server):
    github.state.add_pull(REPO, "Cart", _hours(1))
    partial = {"data": {"repository": {"pullRequests": {"nodes": []}}}, "errors": [{"message": "Something went wrong while executing your query"}]}
    server.faults += [lambda exchange: exchange.reply(exchange.app(exchange.request)), *[answer(200, json=partial)] * 5]

    with pytest.raises(Garbled, match="went wrong"):
        _read(api)


def test_pages_of_pull_requests_that_lead_back_are_noticed(github, api, server):
    github.state.add_pull(REPO, "Cart", _hours(1))
    page = {"pageInfo": {"hasNextPage": True, "endCursor": "same"}, "nodes": []}
    forever = answer(200, json={"data": {"repository": {"pullRequests": page}}})
    server.faults += [lambda exchange: exchange.reply(exchange.app(exchange.request)), *[forever] * 5]

    with pytest.raises(Garbled, match="leads back"):
        _read(api)
