"""Runs of Actions workflows that deploy, over real HTTP: each attempt, when it ended, and what that costs."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from demo.vendors.weather import answer
from signals.pulled import Unfit
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO, SHA = "acme/shop", "d" * 40


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
def api(github, server):
    return connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000)


def _read(api, window=WEEK, **options):
    return list(pull(api, window, repositories=[REPO], **options))


def _minutes(number):
    return MONDAY + timedelta(minutes=number)


@pytest.mark.parametrize(
    ("conclusion", "status"),
    [
        ("success", "success"),
        ("failure", "failed"),
        ("timed_out", "failed"),
        ("cancelled", "cancelled"),
        ("startup_failure", "failed"),
        ("Paused_For_Good", "paused_for_good"),
        (None, "running"),
    ],
)
def test_a_run_of_a_named_workflow_is_a_deploy_to_the_environment_beside_it(github, api, conclusion, status):
    github.state.add_run(REPO, "Deploy to production", SHA, created_at=_minutes(0), ended_at=_minutes(7), conclusion=conclusion)
    github.state.add_run(REPO, "Tests", SHA, created_at=_minutes(0), ended_at=_minutes(7))

    [deploy] = _read(api, workflows={"Deploy to *": "production"})
    assert (deploy.native_id, deploy.environment, deploy.commit_sha) == (f"{REPO}/runs/1/attempts/1", "production", SHA)
    assert (deploy.status, deploy.finished_at) == (status, None if status == "running" else _minutes(7))


@pytest.mark.parametrize(
    "facts",
    [
        {"conclusion": "skipped"},
        {"conclusion": "action_required"},
        *({"conclusion": None, "status": status} for status in ("queued", "waiting", "pending")),
    ],
    ids=str,
)
def test_a_run_of_which_nothing_ran_is_no_deploy(github, api, facts):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(7), **facts)

    assert _read(api, workflows={"Deploy": "production"}) == []


def test_another_attempt_of_a_run_is_a_deploy_of_its_own_at_its_own_time(github, api):
    again = {"run_attempt": 2, "run_started_at": "2026-11-02T00:10:00Z"}
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(-600), ended_at=_minutes(20), **again)

    [deploy] = _read(api, workflows={"Deploy": "production"})
    assert (deploy.native_id, deploy.started_at) == (f"{REPO}/runs/1/attempts/2", _minutes(10))


def test_only_runs_that_were_started_again_cost_a_request_for_each_earlier_attempt(github, api, server):
    for number in range(50):
        github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(number), ended_at=_minutes(number + 1))
    github.state.rerun(REPO, 50, _minutes(60))
    github.state.end_run(REPO, 50, _minutes(70))
    server.requests.clear()

    assert len(_read(api, workflows={"Deploy": "production"})) == 51
    # What is new, the list, the first attempt of the last run; it was touched when the second began, so its jobs say when it ended.
    assert [request.path.rpartition("/runs")[2] for request in server.requests] == ["/graphql", "", "/50/attempts/1", "/50/jobs"]


def test_a_run_that_is_touched_long_after_its_end_ended_when_its_last_job_did(github, api):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(12))
    github.state.repositories[REPO].runs[0]["updated_at"] = "2026-11-06T00:00:00Z"

    [deploy] = _read(api, workflows={"Deploy": "production"})
    assert (deploy.finished_at, deploy.changed_at_source) == (_minutes(12), _minutes(12))


def test_an_attempt_that_cannot_be_read_any_more_is_set_aside_by_its_name_and_the_others_are_read(github, api):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(20), run_attempt=3, run_started_at="2026-11-02T00:10:00Z")
    github.state.repositories[REPO].attempts[1].pop(0)
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(30), ended_at=_minutes(40))

    deploys = _read(api, workflows={"Deploy": "production"})
    assert [deploy.native_id.partition("/runs/")[2] for deploy in deploys] == ["2/attempts/1", "1/attempts/3", "1/attempts/2", "1/attempts/1"]
    assert isinstance(deploys[-1], Unfit)
    assert "attempt 1" in deploys[-1].reason


def test_a_run_that_is_gone_leaves_the_rest_of_the_repository(github, api, server):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(300))
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(30), ended_at=_minutes(40))
    server.faults_at[f"/repos/{REPO}/actions/runs/1/jobs"] = [answer(404, json={"message": "Not Found"})]

    assert {deploy.finished_at for deploy in _read(api, workflows={"Deploy": "production"})} == {_minutes(300), _minutes(40)}
    assert api.degraded == {}


def test_more_runs_than_github_lists_are_read_in_halves(github, api, server):
    for number in range(2500):
        github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(4 * number), ended_at=_minutes(4 * number + 1))

    deploys = _read(api, workflows={"Deploy": "production"})
    assert len(deploys) == len({deploy.native_id for deploy in deploys}) == 2500
    assert len(server.requests) <= 40


def test_of_a_repository_with_many_runs_old_ones_are_listed_once_a_day(github, api, server):
    for number in range(1, 2400):
        github.state.add_run(REPO, "Tests", SHA, created_at=_minutes(-20 * number), ended_at=_minutes(-20 * number))
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(-60 * 24 * 20), ended_at=_minutes(-60 * 24 * 20))
    github.state.rerun(REPO, 2400, _minutes(-90))
    github.state.end_run(REPO, 2400, _minutes(-80))

    def asked(start, end):
        server.requests.clear()
        found = _read(api, Window(_minutes(60 * start) - timedelta(days=3), _minutes(60 * end)), workflows={"Deploy": "production"})
        return [deploy.native_id.rpartition("/")[2] for deploy in found], len(server.requests)

    assert asked(-3, -1) == ([], 7)  # what is new, how many there are, five pages of six days
    [attempt], count = asked(-1, 0)
    assert attempt == "2"
    assert count < 40


def test_a_run_without_a_name_goes_by_its_file_and_is_set_aside_where_that_is_not_named(github, api):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(7))
    run = github.state.repositories[REPO].runs[0]
    run["name"], file = None, run["path"]

    assert [deploy.environment for deploy in _read(api, workflows={file: "production"})] == ["production"]
    [unfit] = _read(api, workflows={"Deploy": "production"})
    assert f"its file {file!r} is none of `workflows`: write it there" in unfit.reason


@pytest.mark.parametrize(
    "gone", ["head_repository", "head_commit", "actor", "triggering_actor", "pull_requests", "run_started_at", "previous_attempt_url"]
)
def test_what_github_no_longer_knows_of_a_run_costs_it_nothing(github, api, gone):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(0), ended_at=_minutes(7))
    github.state.repositories[REPO].runs[0][gone] = None

    [deploy] = _read(api, workflows={"Deploy": "production"})
    assert (deploy.status, deploy.started_at, deploy.finished_at) == ("success", _minutes(0), _minutes(7))
