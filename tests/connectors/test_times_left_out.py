"""A time there cannot be (the year 1, 9999, a 32nd): left out where the record can do without it, whoever the vendor is, and said."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.github import GITHUB
from connectors.github import pull as pull_github
from connectors.http import Connection, connect
from connectors.pagerduty import VENDOR as PAGERDUTY
from connectors.pagerduty import pull as pull_pagerduty
from connectors.parse import instant, maybe_instant, parsed
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import serve
from signals.pulled import Unfit
from signals.record import Record
from signals.records import Deploy, Page
from signals.windows import Window
from tests.connectors.test_git_odd_commits import SOUND, Odd, records
from warehouse.checks import check
from warehouse.store import Store

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
WEEK = Window(MONDAY, MONDAY + timedelta(days=7))
REPO, SHA = "acme/shop", "d" * 40
NEVER = [
    "0001-01-01T00:00:00Z",
    "0001-01-01T00:00:00",
    "0000-00-00 00:00:00",
    "9999-12-31T23:59:59.9999999Z",
    "2026-01-32T00:00:00Z",
    "12026-01-02T10:00Z",
]


def _at(minutes):
    return MONDAY + timedelta(minutes=minutes)


def _written(at):
    return f"{at:%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def github():
    state = State()
    state.add_repository(REPO)
    return GitHub(state)


def _of_github(github):
    with serve(github) as server:
        api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000)
        return list(pull_github(api, WEEK, repositories=[REPO], workflows={"Deploy": "production"}, releases_as="production"))


@pytest.mark.parametrize("never", NEVER)
def test_what_there_cannot_be_is_none_where_it_may_be_left_out_and_an_error_where_not(never):
    assert maybe_instant(never) is None
    with pytest.raises(ValueError, match=r"lies outside 1970 to 2100|no time there can be"):
        instant(never)


@pytest.mark.parametrize("text", ["yesterday", "2026-01-02T10:00:00", "2026-01-02", "32", "0001-01-01T00:00:00Z\n", "٢٠٢٦-01-32T00:00:00Z"])
def test_what_may_mean_a_time_and_cannot_be_read_is_no_absence(text):
    with pytest.raises(ValueError, match=r"is no time|has no zone"):
        maybe_instant(text)


def test_nothing_and_an_empty_text_are_both_no_time_and_no_warning():
    def page_of(item):
        return Page(native_id="p1", title="", triggered_at=MONDAY, resolved_at=maybe_instant(item["end"]))

    assert [page.left_out for page in parsed("pages", page_of, [{"end": None}, {"end": ""}, {"end": _written(MONDAY)}])] == [()] * 3


def test_each_record_says_its_own_times_and_no_other_s():
    def page_of(item):
        return Page(native_id=item["id"], title="", triggered_at=MONDAY, resolved_at=maybe_instant(item["end"]["at"]))

    maybe_instant(NEVER[0])  # a look that is part of no record
    items = [{"id": "a", "end": {"at": _written(MONDAY)}}, {"id": "b", "end": {"at": NEVER[0]}}, {"id": "c", "end": {"at": _written(MONDAY)}}]
    first, second, third = parsed("pages", page_of, items)
    assert (first.left_out, third.left_out) == ((), ())
    assert second.left_out == (("end.at", "b: the time '0001-01-01T00:00:00Z' lies outside 1970 to 2100; correct it at the source"),)


@pytest.mark.parametrize("never", NEVER)
def test_github_s_optional_times_cost_no_record(github, never):
    github.state.add_commit(REPO, "Work", _at(1), sha="a" * 40)
    github.state.add_pull(REPO, "Cart", _at(2), merged_at=_at(3), merge_sha="a" * 40)
    github.state.add_run(REPO, "Deploy", SHA, created_at=_at(4), ended_at=_at(9), run_started_at=never)
    github.state.add_release(REPO, "v1", SHA, created_at=_at(5), published_at=_at(6))
    home = github.state.repositories[REPO]
    home.commits[0]["commit"]["author"]["date"] = home.pulls[1]["closedAt"] = home.releases[0]["updatedAt"] = never

    found = _of_github(github)
    assert not [one for one in found if isinstance(one, Unfit)]
    said = {(type(one).__name__, name) for one in found for name, _ in one.left_out}
    assert said == {("Commit", "commit.author.date"), ("PullRequest", "closedAt"), ("Deploy", "run_started_at"), ("Deploy", "updatedAt")}
    assert {one.started_at for one in found if isinstance(one, Deploy)} == {_at(4), _at(6)}


@pytest.mark.parametrize(("touched", "ended"), [(None, 9), (NEVER[0], 9), (NEVER[4], 9)])
def test_a_run_nobody_says_when_it_was_touched_ended_when_its_last_job_did(github, touched, ended):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_at(4), ended_at=_at(9))
    github.state.repositories[REPO].runs[0]["updated_at"] = touched
    [deploy] = _of_github(github)
    assert (deploy.status, deploy.finished_at, deploy.changed_at_source) == ("success", _at(ended), _at(ended))


def test_a_run_of_which_nothing_tells_the_end_is_kept_without_it(github):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_at(4), ended_at=_at(9))
    home = github.state.repositories[REPO]
    home.runs[0]["updated_at"] = None
    for jobs in home.jobs.values():
        for job in jobs:
            job["completed_at"] = None
    [deploy] = _of_github(github)
    assert (deploy.status, deploy.finished_at, deploy.started_at) == ("success", None, _at(4))


@pytest.mark.parametrize("never", NEVER)
def test_pagerduty_s_optional_times_give_way_to_what_its_log_tells(never):
    account = PagerDuty(requests_per_minute=100_000)
    bo, shop = account.add_user("Bo", None), account.add_service("shop")
    account.add_incident(shop, _at(0), "Slow", [(2, "acknowledge", bo), (9, "resolve", bo)])
    account.incidents[0]["resolved_at"] = account.incidents[0]["updated_at"] = never
    with serve(account) as server:
        found = list(pull_pagerduty(connect(PAGERDUTY, Connection(base_url=server.url, secret=account.token)), WEEK))
    [page] = [one for one in found if isinstance(one, Page)]
    assert (page.resolved_at, page.changed_at_source) == (_at(9), _at(9))
    assert {name for name, _ in page.left_out} == {"resolved_at", "updated_at"}
    assert not [one for one in found if isinstance(one, Unfit)]


def test_git_says_which_of_a_commit_s_times_it_could_not_take(tmp_path):
    history = Odd(tmp_path / "shop")
    history.change("a", "1", "first")
    history.written("author Ann <ann@shop.example> -5 +0000", f"committer {SOUND}", "", "\nno author's time\n")
    history.written(f"author {SOUND}", "committer Ann <ann@shop.example> 7258118400 +0000", "", "\nno committer's time\n")
    said = {one.title: [name for name, _ in one.left_out] for one in records(history.folder) if isinstance(one, Record)}
    assert said == {"first": [], "no author's time": ["the author's time"], "no committer's time": ["the committer's time"]}


def test_the_pull_warns_once_of_a_field_with_how_many_records_and_the_first(github, tmp_path):
    for number in range(3):
        key = github.state.add_pull(REPO, f"Cart {number}", _at(number))
        github.state.repositories[REPO].pulls[key]["closedAt"] = NEVER[0]
    store = Store.open(f"sqlite:///{tmp_path / 'w.db'}")
    landing = store.land("github", WEEK, _of_github(github), service_of=lambda _: None, now=WEEK.end)
    [warning] = check(store, landing.pull_id, WEEK.end).warnings
    store.engine.dispose()
    assert "pull_requests: closedAt is left out in 3 of the records (acme/shop#" in warning
    assert "'0001-01-01T00:00:00Z' lies outside 1970 to 2100" in warning
