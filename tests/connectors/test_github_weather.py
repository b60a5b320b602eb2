"""GitHub over real HTTP when something stands in the way: no access, limits, outages, another address."""

import time
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Busy, Refused
from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.weather import answer, cut, drop
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO = "acme/shop"


def _read(api, window=WEEK, *, repositories=(REPO,), **options):
    return list(pull(api, window, repositories=repositories, **options))


def _hours(number):
    return MONDAY + timedelta(hours=number)


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
    monkeypatch.setattr("connectors.web.waiting._budgets", {})
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


def test_an_enterprise_server_has_its_graphql_beside_its_rest(github, server):
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=f"{server.url}/api/v3")
    github.state.add_commit(REPO, "Work", _hours(1))

    assert [commit.title for commit in _read(api)] == ["Work"]
    assert [request.path for request in server.requests] == ["/api/graphql", f"/api/v3/repos/{REPO}/commits"]


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
