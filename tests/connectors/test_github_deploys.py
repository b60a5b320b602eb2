"""What GitHub tells of deploys, over real HTTP: deployments and their statuses, releases, workflow runs."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from demo.vendors.weather import answer
from pipeline.signals import Deploy, Unfit, Window

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


def test_a_deployment_becomes_a_deploy_of_its_repository(github, api):
    statuses = [("QUEUED", _minutes(1)), ("IN_PROGRESS", _minutes(2)), ("SUCCESS", _minutes(9)), ("INACTIVE", _minutes(60))]
    number = github.state.add_deployment(REPO, "production", SHA, _minutes(0), statuses, tag="v1.4")

    assert _read(api) == [
        Deploy(
            native_id=f"{REPO}/deployments/{number}",
            scope=REPO,
            url=f"https://github.com/{REPO}/commit/{SHA}",
            changed_at_source=_minutes(9),
            environment="production",
            version="v1.4",
            commit_sha=SHA,
            status="success",
            started_at=_minutes(0),
            finished_at=_minutes(9),
            actor="ada",
            title="deploy",
        )
    ]


@pytest.mark.parametrize(
    ("states", "status", "minute"),
    [
        ([], "running", None),
        (["PENDING", "QUEUED", "IN_PROGRESS"], "running", None),
        (["WAITING"], "running", None),
        (["IN_PROGRESS", "SUCCESS"], "success", 2),
        (["IN_PROGRESS", "FAILURE"], "failed", 2),
        (["ERROR"], "failed", 1),
        (["FAILURE", "INACTIVE"], "failed", 1),
        (["FAILURE", "IN_PROGRESS", "SUCCESS"], "success", 3),
        (["INACTIVE"], "superseded", None),
    ],
)
def test_how_a_deployment_went_is_its_newest_word_that_is_not_inactive(github, api, states, status, minute):
    github.state.add_deployment(REPO, "production", SHA, _minutes(0), [(state, _minutes(1 + n)) for n, state in enumerate(states)])

    [deploy] = _read(api)
    assert (deploy.status, deploy.finished_at) == (status, None if minute is None else _minutes(minute))


def test_a_branch_deployed_is_told_by_its_commit(github, api):
    github.state.add_deployment(REPO, "production", SHA, _minutes(0), login="argo[bot]")

    [deploy] = _read(api)
    assert (deploy.version, deploy.actor, deploy.is_bot) == (SHA, "argo[bot]", True)


def test_what_a_deployment_carries_beside_the_facts_is_not_asked_for(github, api, server):
    github.state.add_deployment(REPO, "production", SHA, _minutes(0))
    _read(api)

    asked = b"".join(request.body for request in server.requests)
    assert b"payload" not in asked
    assert b"description" not in asked


def test_more_than_ten_statuses_are_read_to_the_end(github, api, server):
    statuses = [("IN_PROGRESS", _minutes(n)) for n in range(120)] + [("SUCCESS", _minutes(200))]
    github.state.add_deployment(REPO, "production", SHA, _minutes(0), statuses)

    assert _read(api)[0].finished_at == _minutes(200)
    assert len(server.requests) == 2 + 2


def test_only_the_environments_asked_for_and_the_window_are_read(github, api, server):
    for hours in (-1, 0, 100, 168):
        github.state.add_deployment(REPO, "production", SHA, _minutes(60 * hours))
    for number in range(500):
        github.state.add_deployment(REPO, f"preview-{number}", SHA, _minutes(number))

    assert [deploy.started_at for deploy in _read(api, environments=["production"])] == [_minutes(6000), _minutes(0)]
    assert len(server.requests) == 2
    assert len(_read(api)) == 502


def test_a_deployment_that_ends_later_is_corrected_when_it_is_read_again(github, api):
    number = github.state.add_deployment(REPO, "production", SHA, _minutes(0), [("IN_PROGRESS", _minutes(1))])
    [before] = _read(api)
    github.state.add_status(REPO, number, "FAILURE", _minutes(90))
    [after] = _read(api)

    assert (before.native_id, before.status) == (after.native_id, "running")
    assert (after.status, after.finished_at) == ("failed", _minutes(90))


def test_a_state_nobody_knows_goes_to_quarantine(github, api):
    github.state.add_deployment(REPO, "production", SHA, _minutes(0), [("TELEPORTED", _minutes(1))])

    [unfit] = _read(api)
    assert isinstance(unfit, Unfit)
    assert "TELEPORTED" in unfit.reason


def test_releases_are_deploys_only_where_the_configuration_says_to_what(github, api):
    github.state.add_release(REPO, "v2.0", SHA, created_at=_minutes(-9000), published_at=_minutes(30))
    github.state.add_release(REPO, "v2.1", SHA, created_at=_minutes(40), published_at=None)

    assert _read(api) == []
    [deploy] = _read(api, releases_as="production")
    assert (deploy.native_id, deploy.environment, deploy.version, deploy.commit_sha) == (f"{REPO}/releases/1", "production", "v2.0", SHA)
    assert (deploy.started_at, deploy.finished_at, deploy.status) == (_minutes(30), _minutes(30), "success")


@pytest.mark.parametrize(
    ("conclusion", "status"),
    [
        ("success", "success"),
        ("failure", "failed"),
        ("timed_out", "failed"),
        ("cancelled", "cancelled"),
        ("startup_failure", "failed"),
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


@pytest.mark.parametrize(
    ("words", "status"),
    [
        ("SUCCESS IN_PROGRESS", "success"),
        ("IN_PROGRESS FAILURE", "failed"),
        ("FAILURE SUCCESS INACTIVE", "success"),
        ("SUCCESS FAILURE INACTIVE", "failed"),
    ],
)
@pytest.mark.parametrize("is_newest_first", [True, False])
def test_of_two_words_within_one_second_the_newer_counts_whichever_way_they_are_listed(github, api, words, status, is_newest_first):
    first, second, *later = words.split()
    told = [("QUEUED", _minutes(1)), (first, _minutes(5)), (second, _minutes(5)), *((word, _minutes(9)) for word in later)]
    github.state.add_deployment(REPO, "production", SHA, _minutes(0), told)
    if is_newest_first:
        github.state.repositories[REPO].deployments[1]["statuses"].reverse()

    [deploy] = _read(api)
    assert (deploy.status, deploy.finished_at) == (status, _minutes(5))


def test_a_prerelease_is_a_deploy_only_where_the_configuration_says_to_what(github, api):
    github.state.add_release(REPO, "v2-rc1", SHA, created_at=_minutes(0), published_at=_minutes(30), is_pre=True)
    github.state.add_release(REPO, "v2", SHA, created_at=_minutes(0), published_at=_minutes(90))

    assert [deploy.version for deploy in _read(api, releases_as="production")] == ["v2"]
    both = {deploy.version: deploy.environment for deploy in _read(api, releases_as="production", prereleases_as="staging")}
    assert both == {"v2": "production", "v2-rc1": "staging"}


def test_more_runs_than_github_lists_are_read_in_halves(github, api, server):
    for number in range(2500):
        github.state.add_run(REPO, "Deploy", SHA, created_at=_minutes(4 * number), ended_at=_minutes(4 * number + 1))

    deploys = _read(api, workflows={"Deploy": "production"})
    assert len(deploys) == len({deploy.native_id for deploy in deploys}) == 2500
    assert len(server.requests) <= 40
