"""Deployments that end late, over real HTTP: asked for again until they do, and what that costs."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
LOOK_BACK = timedelta(days=3)
REPO, SHA = "acme/shop", "d" * 40


class Organisation:
    """One repository, and pulls of it by the vendor's clock that keep what they are given to keep."""

    def __init__(self):
        self.github, self.now, self.etags, self.asked = GitHub(State()), MONDAY, {}, []
        self.state = self.github.state
        self.state.add_repository(REPO)

    def __call__(self, request):
        self.asked.append(request)
        answered = self.github(request)
        return Response(answered.status, json=answered.json, headers={**answered.headers, "Date": f"{self.now:%a, %d %b %Y %H:%M:%S GMT}"})

    def deploys(self, days=0, window=None):
        self.now += timedelta(days=days)
        self.asked.clear()
        api = connect(GITHUB, Connection(secret=self.state.token), base_url=self.url, etags=self.etags, requests_per_minute=100_000)
        found = list(pull(api, window or Window(self.now - LOOK_BACK, self.now), repositories=[REPO], commits=False))
        assert api.degraded == {}
        return [(deploy.native_id.rpartition("/")[2], deploy.status) for deploy in found]


@pytest.fixture
def organisation():
    made = Organisation()
    with serve(made) as server:
        made.url = server.url
        yield made


def test_a_deployment_that_ends_after_a_week_is_told_once_when_it_does(organisation):
    began = MONDAY + timedelta(hours=1)
    number = organisation.state.add_deployment(REPO, "production", SHA, began, [("IN_PROGRESS", began)])

    assert organisation.deploys(days=1) == [("1", "running")]
    assert organisation.deploys(days=4) == []
    organisation.state.add_status(REPO, number, "FAILURE", MONDAY + timedelta(days=7))
    assert organisation.deploys(days=3) == [("1", "failed")]
    assert organisation.deploys(days=1) == []
    assert len(organisation.asked) == 1


def test_many_that_are_still_going_on_cost_one_question_for_the_repository(organisation):
    for number in range(30):
        organisation.state.add_deployment(REPO, "production", SHA, MONDAY + timedelta(minutes=number))

    assert len(organisation.deploys(days=1)) == 30
    assert organisation.deploys(days=4) == []
    assert len(organisation.asked) == 2


def test_one_that_nobody_reports_on_is_not_asked_for_for_ever(organisation):
    organisation.state.add_deployment(REPO, "production", SHA, MONDAY)

    assert organisation.deploys(days=1) == [("1", "running")]
    assert organisation.deploys(days=20) == []
    assert len(organisation.asked) == 2
    for _ in range(2):
        assert organisation.deploys(days=16) == []
    assert len(organisation.asked) == 1


def test_one_that_is_deleted_is_left_as_it_was_read_last_and_not_asked_for_again(organisation):
    for _ in range(2):
        organisation.state.add_deployment(REPO, "production", SHA, MONDAY)
    assert len(organisation.deploys(days=1)) == 2
    del organisation.state.repositories[REPO].deployments[1]

    assert organisation.deploys(days=4) == []
    assert organisation.deploys(days=1) == []
    assert b"DE_acme/shop_1" not in organisation.asked[-1].body
    assert b"DE_acme/shop_2" in organisation.asked[-1].body


def test_a_window_of_long_ago_forgets_nothing(organisation):
    organisation.state.add_deployment(REPO, "production", SHA, MONDAY)
    assert organisation.deploys(days=1) == [("1", "running")]

    assert organisation.deploys(window=Window(MONDAY - timedelta(days=60), MONDAY - timedelta(days=50))) == []
    organisation.state.add_status(REPO, 1, "SUCCESS", MONDAY + timedelta(days=5))
    assert organisation.deploys(days=6) == [("1", "success")]
