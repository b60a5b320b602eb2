"""GitHub over real HTTP: commits and pull requests, what they cost, and what happens when something stands in the way."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Busy, Garbled, Refused
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from demo.vendors.weather import answer, cut, drop
from pipeline.signals import Commit, PullRequest, Unfit, Window
from tests.connectors.contract import SECRET, contract

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"


@pytest.fixture
def github():
    state = State()
    state.add_repository(REPO)
    return GitHub(state)


@pytest.fixture
def server(github):
    with serve(github) as running:
        yield running


@pytest.fixture
def slept():
    return []


@pytest.fixture
def api(github, server, slept):
    return connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000, sleep=slept.append)


def _read(api, window=WEEK, *, repositories=(REPO,), **options):
    return list(pull(api, window, repositories=repositories, **options))


def _hours(number):
    return MONDAY + timedelta(hours=number)


def test_github_keeps_the_contract(github, server):
    github.state.token = SECRET
    for number in range(120):
        at = _hours(1) + timedelta(minutes=number)
        sha = github.state.add_commit(REPO, f"number {number}", at)
        github.state.add_pull(REPO, f"number {number}", _hours(-50), updated_at=at, reviews=[("grace", "APPROVED")])
    github.state.add_deployment(REPO, "production", sha, _hours(5), [("SUCCESS", _hours(6))])
    github.state.add_release(REPO, "v1", sha, created_at=_hours(5), published_at=_hours(6))
    github.state.add_run(REPO, "Deploy", sha, created_at=_hours(5), ended_at=_hours(6))
    options = {"repositories": [REPO], "releases_as": "production", "workflows": {"Deploy": "production"}}

    contract("github", server, options, WEEK)


def test_a_commit_becomes_a_row_of_the_default_branch(github, api):
    message = 'Revert "Warm the cache" (#7)\n\nThis reverts commit abc.\n\nCo-authored-by: Grace <grace@example.com>'
    sha = github.state.add_commit(REPO, message, _hours(5), authored_at=_hours(1))

    assert _read(api) == [
        Commit(
            native_id=f"{REPO}@{sha}",
            scope=REPO,
            url=f"https://github.com/{REPO}/commit/{sha}",
            repo=REPO,
            sha=sha,
            author="ada",
            committed_at=_hours(5),
            authored_at=_hours(1),
            title='Revert "Warm the cache" (#7)',
            body="This reverts commit abc.\n\nCo-authored-by: Grace <grace@example.com>",
            branch="main",
            pr_ref=f"{REPO}#7",
            co_authors=("grace@example.com",),
        )
    ]


def test_an_e_mail_without_an_account_is_the_author_and_an_application_is_a_bot(github, api):
    github.state.add_commit(REPO, "By mail", _hours(1), login=None, email="eve@example.com")
    github.state.add_commit(REPO, "Merge pull request #12 from acme/bump", _hours(2), login="dependabot[bot]", parents=["a" * 40, "b" * 40])

    bump, by_mail = _read(api)
    assert (by_mail.author, by_mail.is_bot, by_mail.is_merge) == ("eve@example.com", False, False)
    assert (bump.author, bump.is_bot, bump.is_merge, bump.pr_ref) == ("dependabot[bot]", True, True, f"{REPO}#12")


def test_the_committer_date_decides_and_the_window_is_half_open(github, api):
    for hours in (-1, 0, 100, 168, 169):
        github.state.add_commit(REPO, f"at {hours}", _hours(hours), authored_at=_hours(50))

    assert [commit.title for commit in _read(api)] == ["at 100", "at 0"]


def test_commits_that_arrive_between_two_pages_move_nothing(github, api, server):
    shas = {github.state.add_commit(REPO, f"number {number}", _hours(0) + timedelta(minutes=number)) for number in range(250)}
    github.meanwhile = lambda _request: [github.state.add_commit(REPO, f"late {time.monotonic_ns()}", _hours(10)) for _ in range(3)]

    read = [record.sha for record in _read(api)]
    assert len(read) == len(set(read))
    assert shas <= set(read)
    assert len(server.requests) == 1 + 3


def test_a_record_that_cannot_be_read_goes_to_quarantine_with_its_reason(github, api):
    github.state.add_commit(REPO, "Good", _hours(1))
    github.state.add_commit(REPO, "Bad", _hours(2))
    github.state.repositories[REPO].commits[-1]["commit"]["committer"]["date"] = "2026-11-02T02:00:00"

    unfit, good = _read(api)
    assert isinstance(unfit, Unfit)
    assert "no zone" in unfit.reason
    assert good.title == "Good"


def test_a_pull_request_says_who_looked_at_it(github, api):
    reviews = [("grace", "COMMENTED"), ("ada", "COMMENTED"), (None, "APPROVED"), ("grace", "APPROVED"), ("lint[bot]", "COMMENTED")]
    number = github.state.add_pull(
        REPO, "Cart", _hours(-100), merged_at=_hours(3), merge_sha="c" * 40, reviews=reviews, headRefName="cart", body="Why: it was slow"
    )

    [record] = _read(api)
    assert record == PullRequest(
        native_id=f"{REPO}#{number}",
        scope=REPO,
        url=f"https://github.com/{REPO}/pull/{number}",
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


def test_a_hundred_repositories_without_news_cost_two_questions(github, api, server):
    names = [f"acme/quiet-{number}" for number in range(100)]
    for name in names:
        github.state.add_commit(name, "Long ago", _hours(-100))
        github.state.add_pull(name, "Long ago", _hours(-100))
        github.state.add_deployment(name, "production", "a" * 40, _hours(-100))

    assert _read(api, repositories=names) == []
    assert len(server.requests) == 2


def test_only_repositories_with_news_are_read(github, api, server):
    names = [f"acme/service-{number}" for number in range(50)]
    for number, name in enumerate(names):
        github.state.add_commit(name, "Work", _hours(5 if number == 7 else -100))

    assert [record.repo for record in _read(api, repositories=names)] == ["acme/service-7"]
    assert [request.path for request in server.requests] == ["/graphql", "/repos/acme/service-7/commits"]


def test_an_empty_repository_has_no_commits(api):
    assert _read(api) == []
    assert api.degraded == {}


def test_commits_can_be_left_to_another_source(github, api, server):
    github.state.add_commit(REPO, "Work", _hours(1))

    assert _read(api, commits=False) == []
    assert len(server.requests) == 1


def test_a_renamed_repository_keeps_the_name_it_is_configured_under(github, api):
    github.state.add_commit("acme/store", "Work", _hours(1))
    github.state.renamed["acme/old-store"] = "acme/store"

    [commit] = _read(api, repositories=["acme/old-store"])
    assert commit.native_id.startswith("acme/old-store@")


@pytest.mark.parametrize("status", [403, 404])
def test_one_repository_out_of_reach_is_told_and_the_others_are_read(github, api, status):
    names = [f"acme/service-{number}" for number in range(20)]
    for name in names:
        github.state.add_commit(name, "Work", _hours(1))
    github.state.refused[names[13]] = status

    assert {record.repo for record in _read(api, repositories=names)} == set(names) - {names[13]}
    assert list(api.degraded) == [names[13]]


def test_a_repository_that_disappears_while_it_is_read_is_told(github, api):
    for name in ("acme/here", "acme/gone"):
        github.state.add_commit(name, "Work", _hours(1))
    github.meanwhile = lambda _request: github.state.refused.update({"acme/gone": 404})

    assert [record.repo for record in _read(api, repositories=["acme/gone", "acme/here"])] == ["acme/here"]
    assert list(api.degraded) == ["acme/gone"]


def test_a_wrong_token_ends_the_read_at_once_and_is_not_shown(server):
    api = connect(GITHUB, Connection(secret="ghp_not_this_one"), base_url=server.url)

    with pytest.raises(Refused) as caught:
        _read(api)
    assert caught.value.status == 401
    assert "ghp_not_this_one" not in str(caught.value)
    assert len(server.requests) == 1


@pytest.mark.parametrize("name", ["shop", "acme/", "/shop", "acme/shop/x", ""])
def test_a_name_that_is_no_repository_says_how_to_write_it(api, server, name):
    with pytest.raises(Refused, match="owner/name"):
        _read(api, repositories=[name])
    assert server.requests == []


SECONDARY = {"message": "You have exceeded a secondary rate limit."}
BAD_WEATHER = {
    "429": answer(429, json={"message": "slow down"}, retry_after="1"),
    "403 with a time": answer(403, json=SECONDARY, retry_after="1"),
    "403 with words alone": answer(403, json=SECONDARY),
    "503": answer(503, body="upstream"),
    "502 in HTML": answer(502, body="<html>bad gateway</html>"),
    "a reset": drop,
    "half an answer": cut(20),
    "a limit inside a 200": answer(200, json={"errors": [{"type": "RATE_LIMITED", "message": "API rate limit exceeded"}]}, retry_after="1"),
}


@pytest.mark.parametrize("weather", BAD_WEATHER)
def test_bad_weather_passes_and_nothing_is_lost(github, server, weather, monkeypatch):
    monkeypatch.setattr("connectors.waiting._budgets", {})
    clock = [0.0]
    api = connect(
        GITHUB,
        Connection(secret=github.state.token),
        base_url=server.url,
        sleep=lambda seconds: clock.__setitem__(0, clock[0] + seconds),
        clock=lambda: clock[0],
    )
    github.state.add_commit(REPO, "Work", _hours(1))
    server.faults += [BAD_WEATHER[weather]]

    assert [commit.title for commit in _read(api)] == ["Work"]
    assert len(server.requests) == 3
    assert clock[0] >= (60 if weather == "403 with words alone" else 0.5)


def test_a_used_up_hour_gives_the_worker_back_with_the_time_to_come_again(github, server):
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url)
    github.remaining, github.resets_at = 0, time.time() + 1800

    with pytest.raises(Busy) as caught:
        _read(api)
    assert 1700 < caught.value.wait_seconds <= 1802
    assert len(server.requests) == 1


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

    with pytest.raises(Garbled, match="lead back"):
        _read(api)


def test_an_enterprise_server_has_its_graphql_beside_its_rest(github, server):
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=f"{server.url}/api/v3")
    github.state.add_commit(REPO, "Work", _hours(1))

    assert [commit.title for commit in _read(api)] == ["Work"]
    assert [request.path for request in server.requests] == ["/api/graphql", f"/api/v3/repos/{REPO}/commits"]


def test_reading_twice_gives_the_same(github, api):
    sha = github.state.add_commit(REPO, "Work", _hours(1))
    github.state.add_pull(REPO, "Cart", _hours(1), reviews=[("grace", "APPROVED")])
    github.state.add_deployment(REPO, "production", sha, _hours(2), [("SUCCESS", _hours(3))])

    assert _read(api) == _read(api)
    assert len({record.native_id for record in _read(api)}) == 3


def test_what_is_known_already_costs_nothing_of_the_hourly_limit(github, server):
    etags = {}
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, etags=etags)
    github.state.add_commit(REPO, "Work", _hours(1))

    assert len(api.changed("repos", "acme", "shop", "commits")) == 1
    left = github.remaining
    assert api.changed("repos", "acme", "shop", "commits") is None
    assert github.remaining == left
    github.state.add_commit(REPO, "More work", _hours(2))
    assert len(api.changed("repos", "acme", "shop", "commits")) == 2
