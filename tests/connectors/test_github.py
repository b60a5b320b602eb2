"""GitHub over real HTTP: commits, and what it costs to look at many repositories."""

import time
from datetime import UTC, datetime, timedelta

from connectors.github import pull
from connectors.github.commits import commit_of
from connectors.parse import parsed
from signals.pulled import Unfit
from signals.records import Commit
from signals.windows import Window
from tests.connectors.contract import SECRET, contract
from tests.connectors.drift import TEXTS

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"


def _read(api, window=WEEK, *, repositories=(REPO,), **options):
    return list(pull(api, window, repositories=repositories, **options))


def _hours(number):
    return MONDAY + timedelta(hours=number)


# A draft is no deploy, and a workflow with another name is another workflow.
DECIDING = {("isDraft", "true"), *(("name", text) for text in TEXTS)}


def test_github_keeps_the_contract(github, server):
    github.state.token = SECRET
    github.limit = github.remaining = 10**9  # bad weather takes many requests
    for number in range(101):
        sha = github.state.add_commit(REPO, f"number {number}", _hours(1) + timedelta(minutes=number))
    for number in range(52):
        at = _hours(1) + timedelta(minutes=number)
        github.state.add_pull(REPO, f"number {number}", _hours(-50), updated_at=at, reviews=[("grace", "APPROVED")])
    github.state.add_deployment(REPO, "production", sha, _hours(5), [("SUCCESS", _hours(6))])
    github.state.add_release(REPO, "v1", sha, created_at=_hours(5), published_at=_hours(6))
    github.state.add_run(REPO, "Deploy", sha, created_at=_hours(5), ended_at=_hours(6))
    options = {"repositories": [REPO], "releases_as": "production", "workflows": {"Deploy": "production"}}

    contract("github", server, options, WEEK, may_hide=DECIDING)


def test_a_commit_becomes_a_row_of_the_default_branch(github, api):
    message = 'Revert "Warm the cache" (#7)\n\nThis reverts commit abc.\n\nCo-authored-by: Grace <grace@example.com>'
    sha = github.state.add_commit(REPO, message, _hours(5), authored_at=_hours(1))

    assert _read(api) == [
        Commit(
            native_id=f"{REPO}@{sha}",
            scope=REPO,
            url=f"https://github.example/{REPO}/commit/{sha}",
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
    github.state.add_commit(REPO, "By mail", _hours(1), login=None, email="Eve@Example.com")
    github.state.add_commit(REPO, "Merge pull request #12 from acme/bump", _hours(2), login="dependabot[bot]", parents=["b" * 40])

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


def test_a_commit_with_missing_parts_is_taken_with_what_it_has_and_one_without_a_time_is_set_aside_alone(github):
    for number in range(4):
        github.state.add_commit(REPO, f"number {number}", _hours(1 + number), login=None)
    nobody, no_committer, no_author, timeless = (item["commit"] for item in github.state.repositories[REPO].commits)
    nobody["author"] = {"name": None, "email": None, "date": nobody["author"]["date"]}
    no_committer["committer"] = None
    no_author["author"] = None
    timeless["author"] = timeless["committer"] = None

    *found, unfit = parsed("commits", commit_of, github.state.repositories[REPO].commits, REPO, "main")
    assert "neither its author nor its committer has a time" in unfit.reason
    assert [(one.title, one.author, one.committed_at) for one in found] == [
        ("number 0", None, _hours(1)),
        ("number 1", "ada@example.com", _hours(2)),
        ("number 2", None, _hours(3)),
    ]


def test_a_hundred_repositories_without_news_cost_one_question(github, api, server):
    names = [f"acme/quiet-{number}" for number in range(100)]
    for name in names:
        github.state.add_commit(name, "Long ago", _hours(-100))
        github.state.add_pull(name, "Long ago", _hours(-100))
        github.state.add_deployment(name, "production", "a" * 40, _hours(-100))

    assert _read(api, repositories=names) == []
    assert len(server.requests) == 1


def test_only_repositories_with_news_are_read(github, api, server):
    names = [f"acme/service-{number}" for number in range(50)]
    for number, name in enumerate(names):
        github.state.add_commit(name, "Work", _hours(5 if number == 7 else -100))

    assert [record.repo for record in _read(api, repositories=names)] == ["acme/service-7"]
    assert [request.path for request in server.requests] == ["/graphql", "/repos/acme/service-7/commits"]


def test_an_empty_repository_has_no_commits(api):
    assert _read(api) == []
    assert api.degraded == {}


def test_a_repository_whose_default_branch_is_gone_is_told(github, api):
    github.state.add_commit(REPO, "Work", _hours(1))
    github.state.repositories[REPO].commits.clear()

    assert _read(api) == []
    assert "default branch" in api.degraded[REPO]


def test_commits_can_be_left_to_another_source(github, api, server):
    github.state.add_commit(REPO, "Work", _hours(1))

    assert _read(api, commits=False) == []
    assert len(server.requests) == 1


def test_a_renamed_repository_keeps_the_name_it_is_configured_under(github, api):
    github.state.add_commit("acme/store", "Work", _hours(1))
    github.state.renamed["acme/old-store"] = "acme/store"

    [commit] = _read(api, repositories=["acme/old-store"])
    assert commit.native_id.startswith("acme/old-store@")


def test_reading_twice_gives_the_same(github, api):
    sha = github.state.add_commit(REPO, "Work", _hours(1))
    github.state.add_pull(REPO, "Cart", _hours(1), reviews=[("grace", "APPROVED")])
    github.state.add_deployment(REPO, "production", sha, _hours(2), [("SUCCESS", _hours(3))])

    assert _read(api) == _read(api)
    assert len({record.native_id for record in _read(api)}) == 3
