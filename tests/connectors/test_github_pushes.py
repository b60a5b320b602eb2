"""GitHub lists commits by what their committer's clock said; what reaches the branch by other ways and at other times is found all the same."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from signals.windows import Window

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
LOOK_BACK = timedelta(days=3)
REPO = "acme/shop"


class Organisation:
    """One repository, and pulls of it that keep what they are given to keep, by the vendor's clock."""

    def __init__(self):
        self.now = MONDAY
        self.github = GitHub(State())
        self.state = self.github.state
        self.etags = {}
        self.asked = []

    def __call__(self, request):
        self.asked.append(request.path)
        answered = self.github(request)
        return Response(answered.status, json=answered.json, headers={**answered.headers, "Date": f"{self.now:%a, %d %b %Y %H:%M:%S GMT}"})

    def commit(self, title, at, **more):
        return self.state.add_commit(REPO, title, at, pushed_at=self.now, **more)

    def titles(self, start=None):
        self.asked.clear()
        quick = {"requests_per_minute": 100_000, "sleep": lambda _: None}
        api = connect(GITHUB, Connection(secret=self.state.token), base_url=self.url, etags=self.etags, **quick)
        self.degraded = api.degraded
        return [commit.title for commit in pull(api, Window(start or self.now - LOOK_BACK, self.now), repositories=[REPO])]


@pytest.fixture
def organisation():
    made = Organisation()
    made.commit("first", MONDAY - timedelta(days=1))
    with serve(made) as server:
        made.url = server.url
        assert made.titles() == ["first"]
        yield made


def test_a_commit_that_is_pushed_a_month_after_it_was_made_comes_with_the_push(organisation):
    organisation.now += timedelta(days=4)
    organisation.commit("from the long branch", MONDAY - timedelta(days=30))
    organisation.commit("merged", organisation.now - timedelta(minutes=1))

    assert sorted(organisation.titles()) == ["from the long branch", "merged"]
    assert organisation.asked[1:] == [request for request in organisation.asked[1:] if "/compare/" in request]


def test_an_old_commit_that_is_pushed_soon_after_the_first_pull_comes_with_the_next(organisation):
    organisation.now += timedelta(hours=5)
    organisation.commit("from the long branch", MONDAY - timedelta(days=30))

    assert organisation.titles() == ["from the long branch", "first"]


def test_news_costs_one_request_however_old_it_is_and_no_news_costs_none(organisation):
    organisation.now += timedelta(days=4)
    assert organisation.titles() == []
    assert organisation.asked == ["/graphql"]

    organisation.commit("new", organisation.now - timedelta(days=20))
    organisation.now += timedelta(hours=1)
    assert organisation.titles() == ["new"]
    assert len(organisation.asked) == 2


def test_an_old_commit_that_reaches_a_branch_nobody_has_touched_for_long_comes_with_the_push(organisation):
    organisation.etags.clear()
    organisation.now += timedelta(days=200)
    assert organisation.titles() == []

    organisation.now += timedelta(hours=5)
    organisation.commit("from the long branch", organisation.now - timedelta(days=30))
    assert organisation.titles() == ["from the long branch"]
    assert len(organisation.asked) == 2


def test_what_a_rewritten_branch_has_new_is_found_and_nothing_is_told_twice(organisation):
    organisation.commit("given up", MONDAY)
    organisation.now += timedelta(days=4)
    organisation.state.force_push(REPO, 1, organisation.now)
    organisation.commit("instead", MONDAY - timedelta(days=9))

    assert organisation.titles() == ["instead"]


def test_a_head_that_github_has_forgotten_means_reading_by_date(organisation):
    organisation.now += timedelta(days=4)
    organisation.commit("new", organisation.now - timedelta(hours=1))
    home = organisation.state.repositories[REPO]
    home.pushed[:] = home.commits[:] = home.commits[1:]

    assert organisation.titles() == ["new"]


def test_a_list_shorter_than_its_count_means_reading_by_date(organisation, monkeypatch):
    organisation.now += timedelta(days=4)
    organisation.commit("new", organisation.now - timedelta(hours=1))
    page = organisation.github._compared
    monkeypatch.setattr(organisation.github, "_compared", lambda *asked: Response(json={**page(*asked).json, "commits": []}))

    assert organisation.titles() == ["new"]


def test_any_window_may_be_read_again(organisation):
    for day in range(4):
        organisation.now += timedelta(days=1)
        organisation.commit(f"day {day}", organisation.now - timedelta(hours=1))
        organisation.titles()

    assert organisation.titles(MONDAY - timedelta(days=84)) == ["day 3", "day 2", "day 1", "day 0", "first"]
    organisation.etags.clear()
    assert organisation.titles(MONDAY - timedelta(days=84)) == ["day 3", "day 2", "day 1", "day 0", "first"]


@pytest.mark.parametrize("seed", range(10))
def test_whatever_is_pushed_in_whatever_way_is_found_within_the_look_back(organisation, seed):
    random = Random(seed)
    pushed, found = set(), {"first"}
    for number in range(60):
        organisation.now += timedelta(hours=random.choice([1, 5, 30]))
        for part in range(random.randrange(4)):
            title = f"{number}.{part}"
            organisation.commit(title, organisation.now - random.choice([timedelta(minutes=3), timedelta(days=2), timedelta(days=40)]))
            pushed.add(title)
        found.update(organisation.titles())
        if random.random() < 0.2:
            organisation.state.force_push(REPO, random.randrange(1, len(organisation.state.repositories[REPO].commits) + 1), organisation.now)
    assert {commit["commit"]["message"] for commit in organisation.state.repositories[REPO].commits} <= found
    assert found <= pushed | {"first"}


def test_what_is_kept_for_a_repository_stays_small(organisation):
    for _ in range(100):
        organisation.now += timedelta(hours=7)
        organisation.commit(f"at {organisation.now}", organisation.now)
        organisation.titles()
    [kept] = organisation.etags.values()
    assert len(kept) < 1_000


def test_a_push_that_is_too_much_to_compare_is_read_by_date_and_told(organisation):
    organisation.now += timedelta(days=4)
    organisation.commit("from the long branch", MONDAY - timedelta(days=30))
    organisation.commit("merged", organisation.now - timedelta(minutes=1))
    fair = organisation.github
    words = {"message": "Server Error: Sorry, this diff is taking too long to generate."}
    organisation.github = lambda request: Response(500, json=words) if "/compare/" in request.path else fair(request)

    assert organisation.titles() == ["merged"]
    assert "taking too long" in organisation.degraded[REPO]
    assert "earlier time" in organisation.degraded[REPO]
