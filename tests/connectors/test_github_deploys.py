"""What GitHub tells of deploys, over real HTTP: deployments and their statuses, releases."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from signals.records import Deploy
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


def test_a_deployment_becomes_a_deploy_of_its_repository(github, api):
    statuses = [("QUEUED", _minutes(1)), ("IN_PROGRESS", _minutes(2)), ("SUCCESS", _minutes(9)), ("INACTIVE", _minutes(60))]
    number = github.state.add_deployment(REPO, "production", SHA, _minutes(0), statuses, tag="v1.4")

    assert _read(api) == [
        Deploy(
            native_id=f"{REPO}/deployments/{number}",
            scope=REPO,
            url=f"https://github.example/{REPO}/commit/{SHA}",
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


def test_a_state_nobody_knew_is_taken_and_asked_for_again_until_it_is_known_to_have_ended(github, api):
    number = github.state.add_deployment(REPO, "production", SHA, _minutes(0), [("TELEPORTED", _minutes(1))])
    [deploy] = _read(api)
    assert (deploy.status, deploy.finished_at) == ("teleported", None)

    github.state.add_status(REPO, number, "SUCCESS", _minutes(9))
    [after] = _read(api, Window(WEEK.end, WEEK.end + timedelta(days=1)))
    assert (after.native_id, after.status, after.finished_at) == (deploy.native_id, "success", _minutes(9))


def test_a_deployment_without_an_environment_is_taken_and_counts_as_none_anybody_named(github, api):
    github.state.add_deployment(REPO, None, SHA, _minutes(0), [("SUCCESS", _minutes(1))])

    assert [(deploy.environment, deploy.status) for deploy in _read(api)] == [("not said", "success")]


def test_releases_are_deploys_only_where_the_configuration_says_to_what(github, api):
    github.state.add_release(REPO, "v2.0", SHA, created_at=_minutes(-9000), published_at=_minutes(30))
    github.state.add_release(REPO, "v2.1", SHA, created_at=_minutes(40), published_at=None)

    assert _read(api) == []
    [deploy] = _read(api, releases_as="production")
    assert (deploy.native_id, deploy.environment, deploy.version, deploy.commit_sha) == (f"{REPO}/releases/1", "production", "v2.0", SHA)
    assert (deploy.started_at, deploy.finished_at, deploy.status) == (_minutes(30), _minutes(30), "success")


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
