"""GitHub where a page is more than it can work out in its ten seconds: smaller pieces, and one heavy repository that keeps nobody waiting."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Busy, TooHeavy
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.server import Response
from demo.vendors.weather import answer
from signals.records import Commit, PullRequest
from signals.windows import Window
from tests.connectors.contract import Clock

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"


def _hours(number):
    return MONDAY + timedelta(hours=number)


def _read(api, *repositories, **options):
    return list(pull(api, WEEK, repositories=repositories or [REPO], **options))


def _work(github, repo, pulls):
    github.state.add_commit(repo, "Work", _hours(1))
    for number in range(pulls):
        github.state.add_pull(repo, f"number {number}", _hours(1), updated_at=_hours(2) + timedelta(seconds=number))


def _sizes(server):
    return [int(request.body.partition(b"first: ")[2].partition(b",")[0]) for request in server.requests if b"query PullRequests" in request.body]


WORDS = "Something went wrong while executing your query. This may be the result of a timeout, or it could be a GitHub bug."
TOO_HEAVY = {
    "the words of a time-out": answer(200, json={"data": None, "errors": [{"message": WORDS}]}),
    "the same with 502": answer(502, json={"data": None, "errors": [{"message": WORDS}]}),
    "502 in HTML": answer(502, body="<html><title>Bad Gateway</title></html>"),
    "500": answer(500, json={"message": "Server Error"}),
    "504": answer(504, body="<html>Gateway Timeout"),
    "resource limits, with nulls for nodes": answer(
        200,
        json={
            "data": {"repository": {"pullRequests": {"nodes": [None] * 50, "pageInfo": {"hasNextPage": True, "endCursor": "50"}}}},
            "errors": [
                {"type": "RESOURCE_LIMITS_EXCEEDED", "path": ["repository", "pullRequests", "nodes", number], "message": "Resource limits exceeded"}
                for number in range(50)
            ],
        },
    ),
    "a node that took too long": answer(
        200,
        json={
            "data": {"repository": {"pullRequests": {"nodes": [None], "pageInfo": {"hasNextPage": False, "endCursor": None}}}},
            "errors": [{"path": ["repository", "pullRequests", "nodes", 0], "message": "Something went wrong while executing your query"}],
        },
    ),
}


@pytest.mark.parametrize("weather", TOO_HEAVY)
def test_a_page_too_heavy_is_asked_for_in_smaller_pieces(github, api, server, weather):
    _work(github, REPO, 60)
    fair = github.__call__

    def app(request):
        is_heavy = b"query PullRequests" in request.body and b"first: 50" in request.body
        return _answered(TOO_HEAVY[weather], request) if is_heavy else fair(request)

    server.app = app

    records = _read(api)
    assert sum(isinstance(record, PullRequest) for record in records) == 60
    assert sum(isinstance(record, Commit) for record in records) == 1
    assert api.degraded == {}
    assert _sizes(server)[:3] == [50, 50, 25]


def _answered(fault, request):
    """What a fault of the weather answers, as an app."""
    told = []
    fault(type("Exchange", (), {"request": request, "reply": lambda _, response: told.append(response)})())
    return told[0]


def test_pages_grow_again_behind_the_heavy_place(github, api, server):
    _work(github, REPO, 400)
    github.state.heavy[REPO] = 5

    def app(request):
        if b'"100"' in request.body:
            github.state.heavy.clear()
        return github(request)

    server.app = app
    assert len(_read(api, commits=False)) == 400
    assert _sizes(server)[-1] == 50
    assert len(_sizes(server)) < 60


@pytest.mark.parametrize("most", [1, 3, 10])
def test_commits_too_heavy_are_read_in_smaller_pages_each_once(github, api, most):
    for number in range(130):
        github.state.add_commit(REPO, f"number {number}", _hours(1) + timedelta(minutes=number))
    github.state.heavy[REPO] = most

    titles = [record.title for record in _read(api)]
    assert titles == [f"number {number}" for number in reversed(range(130))]


def test_one_repository_too_heavy_even_in_single_pieces_is_told_with_what_to_do_and_the_others_are_read(github, api):
    for name in ("acme/shop", "acme/heavy", "acme/pay"):
        _work(github, name, 3)
    github.state.heavy["acme/heavy"] = 0

    records = _read(api, "acme/heavy", "acme/shop", "acme/pay", commits=False)
    assert {record.repo for record in records} == {"acme/shop", "acme/pay"}
    assert list(api.degraded) == ["acme/heavy"]
    assert "take it out of soundings.toml" in api.degraded["acme/heavy"]


def test_the_only_repository_too_heavy_keeps_its_commits(github, api, server):
    _work(github, REPO, 3)
    server.app = lambda request: _answered(TOO_HEAVY["504"], request) if b"query PullRequests" in request.body else github(request)

    assert [record.title for record in _read(api)] == ["Work"]
    assert list(api.degraded) == [REPO]


def test_a_list_that_github_answers_with_500_again_and_again_keeps_nobody_waiting(github, api, server):
    for name in ("acme/shop", "acme/odd"):
        _work(github, name, 1)
        github.state.add_run(name, "Deploy", "d" * 40, created_at=_hours(1), ended_at=_hours(1))
    odd = "/repos/acme/odd/actions/runs"
    server.app = lambda request: Response(500, json={"message": "Server Error"}) if request.path == odd else github(request)

    found = [record.native_id for record in _read(api, "acme/odd", "acme/shop", commits=False, workflows={"Deploy": "production"})]
    assert sorted(found) == ["acme/odd#1", "acme/shop#1", "acme/shop/runs/1/attempts/1"]
    assert "answered 500: Server Error" in api.degraded["acme/odd"]


def test_a_page_that_takes_longer_than_we_wait_is_asked_for_in_smaller_pieces(github, server):
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, deadline=0.3, sleep=lambda _: None)
    _work(github, REPO, 30)

    def app(request):
        if b"query PullRequests" in request.body and b"first: 50" in request.body:
            time.sleep(0.5)
        return github(request)

    server.app = app
    assert len(_read(api, commits=False)) == 30
    assert _sizes(server)[:3] == [50, 50, 25]


def test_where_github_itself_is_away_nothing_is_called_heavy(github, server):
    clock = Clock()
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, sleep=clock.sleep, clock=clock)
    _work(github, REPO, 3)
    _work(github, "acme/pay", 3)
    server.app = lambda request: github(request) if len(server.requests) < 2 else Response(502, body="upstream")

    with pytest.raises(Busy):
        _read(api, REPO, "acme/pay")
    assert api.degraded == {}
    assert len(server.requests) < 60


def test_news_too_heavy_together_are_asked_for_in_halves(github, api, server):
    names = [f"acme/service-{number}" for number in range(40)]
    for name in names:
        _work(github, name, 0)
    server.app = lambda request: _answered(TOO_HEAVY["504"], request) if request.body.count(b"repository(") > 10 else github(request)

    assert {record.repo for record in _read(api, *names)} == set(names)


def test_one_repository_whose_news_are_too_heavy_is_told(github, api, server):
    names = [f"acme/service-{number}" for number in range(4)]
    for name in names:
        _work(github, name, 0)
    server.app = lambda request: _answered(TOO_HEAVY["504"], request) if b'"service-0"' in request.body else github(request)

    assert {record.repo for record in _read(api, *names)} == set(names[1:])
    assert list(api.degraded) == names[:1]


def test_what_is_too_heavy_for_one_answer_is_named_so(api, server):
    server.app = lambda request: _answered(TOO_HEAVY["504"], request)

    with pytest.raises(TooHeavy) as caught:
        _read(api)
    assert "answered 504" in str(caught.value)
    assert "status page" in caught.value.remedy
