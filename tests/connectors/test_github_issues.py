"""Review prompts as GitHub issues, over real HTTP: opened once, found again, read with what people did."""

from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Busy, Garbled, Refused, Rejected
from connectors.github import GITHUB
from connectors.github.issues import LABEL, GitHubIssues, ticket_of
from connectors.http import Connection, connect
from connectors.registry import trackers
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from demo.vendors.weather import answer, bomb, lose

REPO = "acme/learning"
HOSTILE = 'Cc @acme/everyone <!-- x --> ::warning::y\n```\nfixes #1 "$(id)" \U000e0041 ü\n```'


class Clock:
    """The vendor's time, moved by hand."""

    def __init__(self):
        self.now = datetime(2026, 11, 9, 9, tzinfo=UTC)

    def __call__(self):
        return self.now

    def pass_by(self, **span):
        self.now += timedelta(**span)
        return self.now


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def github(clock):
    state = State(now=clock)
    state.add_repository(REPO)
    return GitHub(state)


@pytest.fixture
def server(github):
    with serve(github) as running:
        yield running


@pytest.fixture
def api(github, server):
    return connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000, sleep=lambda _: None)


@pytest.fixture
def issues(api):
    return GitHubIssues(api, repository=REPO)


def _requests(server, start=0):
    return [(request.method, request.path) for request in server.requests[start:]]


def test_the_tracker_is_found_under_its_name():
    assert trackers()["github"] == (GitHubIssues, GITHUB)


def test_an_issue_is_opened_with_its_text_as_given_and_its_label(issues, github, server, clock):
    ticket = issues.open("LO-1", "What surprised us? @ada", HOSTILE)

    [issue] = github.state.repositories[REPO].issues.values()
    assert (issue["title"], issue["body"]) == ("What surprised us? @ada", HOSTILE)
    assert [label["name"] for label in issue["labels"]] == [LABEL] == ["learning-review"]
    assert (ticket.number, ticket.title, ticket.body, ticket.url) == ("1", issue["title"], HOSTILE, issue["html_url"])
    assert (ticket.is_open, ticket.is_ours, ticket.is_touched, ticket.opened_at) == (True, True, False, clock.now)
    assert _requests(server) == [("GET", "/user"), ("POST", f"/repos/{REPO}/labels"), ("POST", f"/repos/{REPO}/issues")]


def test_the_second_issue_costs_one_request(issues, server):
    issues.open("LO-1", "First", "")
    before = len(server.requests)
    issues.open("LO-2", "Second", "")

    assert _requests(server, before) == [("POST", f"/repos/{REPO}/issues")]


def test_a_label_that_is_there_already_is_fine(issues, github):
    github.state.add_label(REPO, LABEL)

    assert issues.open("LO-1", "First", "").number == "1"


@pytest.mark.parametrize("status", [403, 404, 422, 502])
def test_a_label_that_cannot_be_made_costs_the_label_and_not_the_ticket(issues, github, server, status):
    server.faults_at[f"/repos/{REPO}/labels"] = [answer(status, json={"message": "no labels for you"})]
    tickets = [issues.open("LO-1", "First", ""), issues.open("LO-2", "Second", "")]

    assert [ticket.number for ticket in tickets] == ["1", "2"]
    assert [issue["labels"] for issue in github.state.repositories[REPO].issues.values()] == [[], []]
    assert _requests(server).count(("POST", f"/repos/{REPO}/labels")) == 1
    [(what, said)] = issues._api.degraded.items()
    assert what == "the label 'learning-review'"
    assert f"answered {status}: no labels for you; tickets are opened without it" in said


def test_who_may_not_make_a_label_still_uses_one_that_is_there(issues, github, server):
    github.state.add_label(REPO, LABEL)
    server.faults_at[f"/repos/{REPO}/labels"] = [answer(403, json={"message": "Resource not accessible"})]
    issues.open("LO-1", "First", "")

    [issue] = github.state.repositories[REPO].issues.values()
    assert [label["name"] for label in issue["labels"]] == [LABEL]
    assert issues._api.degraded == {}


def test_a_token_that_is_not_accepted_is_no_matter_of_labels(issues, server):
    server.faults_at[f"/repos/{REPO}/labels"] = [answer(401, json={"message": "Bad credentials"})]

    with pytest.raises(Refused, match="401"):
        issues.open("LO-1", "First", "")


@pytest.mark.parametrize(("status", "is_of_this_one"), [(400, True), (413, True), (422, True), (403, False), (404, False), (410, False)])
def test_what_is_not_taken_as_it_is_is_told_from_what_is_never_taken(issues, server, status, is_of_this_one):
    server.faults_at[f"/repos/{REPO}/issues"] = [answer(status, json={"message": "no"})]

    with pytest.raises(Refused) as refused:
        issues.open("LO-1", "First", "")
    assert isinstance(refused.value, Rejected) is is_of_this_one


def test_nothing_is_ever_closed_assigned_or_edited(issues, server):
    issues.open("LO-1", "First", "")
    list(issues.find(datetime(2026, 1, 1, tzinfo=UTC)))
    issues.read("1")

    assert {request.method for request in server.requests} == {"GET", "POST"}
    assert {request.path.rpartition("/")[2] for request in server.requests if request.method == "POST"} == {"labels", "issues"}


def test_an_answer_lost_on_the_way_is_unclear_is_not_sent_again_and_is_found(issues, github, server, clock):
    server.faults_at[f"/repos/{REPO}/issues"] = [lose]
    with pytest.raises(Busy):
        issues.open("LO-1", "First", "code LO-1")

    assert len(github.state.repositories[REPO].issues) == 1
    assert [ticket.body for ticket in issues.find(clock.now)] == ["code LO-1"]


@pytest.mark.parametrize("weather", [answer(502, body="bad"), answer(429, retry_after="1"), answer(201, body="<html>"), bomb(51_000_000)])
def test_anything_but_a_clear_answer_is_busy_after_one_try(issues, server, weather):
    server.faults_at[f"/repos/{REPO}/issues"] = [weather]

    with pytest.raises(Busy):
        issues.open("LO-1", "First", "")
    assert _requests(server).count(("POST", f"/repos/{REPO}/issues")) == 1


def test_issues_switched_off_are_a_refusal(issues, server):
    server.faults_at[f"/repos/{REPO}/issues"] = [answer(410, json={"message": "Issues are disabled for this repo"})]

    with pytest.raises(Refused, match="Issues are disabled"):
        issues.open("LO-1", "First", "")


def test_find_lists_our_own_issues_open_or_closed_on_all_pages(issues, github, clock):
    start = clock.now
    github.state.add_issue(REPO, "Before", at=start - timedelta(seconds=1))
    github.state.add_issue(REPO, "Somebody else's", login="eve", labels=[LABEL], at=start)
    github.state.add_pull(REPO, "Not an issue", start)
    for number in range(250):
        github.state.add_issue(REPO, f"Ours {number}", labels=[LABEL], at=start + timedelta(minutes=number))
    github.state.repositories[REPO].issues[100]["state"] = "closed"
    github.state.repositories[REPO].issues[101]["labels"] = []

    found = list(issues.find(start))
    assert sorted(ticket.title for ticket in found) == sorted(f"Ours {number}" for number in range(250))
    assert [ticket.number for ticket in found if not ticket.is_open] == ["100"]


def test_find_takes_nobody_elses_issue_for_ours_whatever_the_list_holds(issues, github, server, clock):
    foreign = github.state.add_issue(REPO, "LO-1", "code LO-1", login="eve", labels=[LABEL])
    server.faults_at[f"/repos/{REPO}/issues"] = [answer(200, json=[foreign])]

    assert list(issues.find(clock.now)) == []


def test_find_sees_an_issue_that_opened_within_the_same_second(issues, clock):
    clock.now = datetime(2026, 11, 9, 9, 0, 0, 700_000, tzinfo=UTC)
    issues.open("LO-1", "First", "")

    assert [ticket.number for ticket in issues.find(clock.now)] == ["1"]


def test_an_issue_is_read_with_what_people_said(issues, github, clock):
    issues.open("LO-1", "First", "")
    for number in range(130):
        github.state.add_comment(REPO, 1, "grace", f"thought {number}", at=clock.pass_by(minutes=1))

    ticket = issues.read("1")
    assert [text for _, _, text in ticket.comments] == [f"thought {number}" for number in range(130)]
    assert ticket.comments[-1][:2] == ("grace", clock.now)
    assert ticket.is_touched


def test_what_we_say_ourselves_is_no_touch(issues, github, clock):
    issues.open("LO-1", "First", "")
    github.state.add_comment(REPO, 1, github.state.login, "The window closes on Friday.", at=clock.pass_by(days=1))

    assert not issues.read("1").is_touched


@pytest.mark.parametrize(
    "change",
    [
        {"assignees": [{"login": "grace"}]},
        {"title": "Edited", "updated_at": "2026-11-09T10:00:00Z"},
        {"state": "closed", "updated_at": "2026-11-09T10:00:00Z"},
    ],
)
def test_what_people_change_is_noticed(issues, github, change):
    issues.open("LO-1", "First", "")
    github.state.repositories[REPO].issues[1].update(change)

    assert issues.read("1").is_touched


@pytest.mark.parametrize(
    ("acts", "is_touched"),
    [
        ([("github-actions[bot]", "labeled"), ("github-actions[bot]", "closed")], False),
        ([("acme-triage-bot", "labeled"), ("grace", "mentioned"), ("grace", "subscribed")], False),
        ([("github-actions[bot]", "labeled"), ("grace", "labeled")], True),
        ([("grace", "closed")], True),
    ],
)
def test_what_a_program_does_is_nobody_s_and_who_was_only_named_did_nothing(issues, github, clock, acts, is_touched):
    issues.open("LO-1", "First", "")
    github.state.add_comment(REPO, 1, "stale[bot]", "No activity for a week.", at=clock.pass_by(days=7))
    for login, event in acts:
        github.state.do(REPO, 1, login, event, at=clock.now if event in {"mentioned", "subscribed"} else clock.pass_by(days=2))

    ticket = issues.read("1")
    assert ticket.is_touched == is_touched
    assert ticket.closed_by == next((login for login, event in acts if event == "closed"), None)


def test_a_text_that_a_person_edited_after_a_program_spoke_is_a_touch(issues, github, clock):
    issues.open("LO-1", "First", "")
    github.state.add_comment(REPO, 1, "stale[bot]", "No activity for a week.", at=clock.pass_by(days=7))
    github.state.repositories[REPO].issues[1].update(body="Edited", updated_at="2026-11-17T10:00:00Z")

    assert issues.read("1").is_touched


def test_whom_a_program_assigned_has_not_taken_it_up(issues, github, clock):
    issues.open("LO-1", "First", "")
    github.state.do(REPO, 1, "acme-triage-bot", "assigned", at=clock.pass_by(days=1))
    github.state.repositories[REPO].issues[1].update(assignees=[{"login": "grace"}])

    assert not issues.read("1").is_touched


def test_an_issue_a_person_deleted_reads_as_none(issues, github, server):
    issues.open("LO-1", "First", "")
    del github.state.repositories[REPO].issues[1]

    assert issues.read("1") is None
    server.faults_at[f"/repos/{REPO}/issues/1"] = [answer(410, json={"message": "This issue was deleted"})]
    assert issues.read("1") is None


def test_a_repository_out_of_reach_is_not_taken_for_deleted_issues(issues, github):
    issues.open("LO-1", "First", "")
    github.state.refused[REPO] = 404

    with pytest.raises(Refused):
        issues.read("1")


def test_an_application_is_told_its_own_name(api, server, github):
    issues = GitHubIssues(api, repository=REPO, login=github.state.login)
    issues.open("LO-1", "First", "")

    assert ("GET", "/user") not in _requests(server)


def test_the_hourly_limit_leaves_the_outcome_clear(issues, github):
    issues.open("LO-1", "First", "")
    github.remaining = 0

    with pytest.raises(Busy) as caught:
        issues.open("LO-2", "Second", "")
    assert caught.value.wait_seconds > 60
    assert len(github.state.repositories[REPO].issues) == 1


@pytest.mark.parametrize("name", ["learning", "acme/", "a/b/c"])
def test_a_name_that_is_no_repository_says_how_to_write_it(api, name):
    with pytest.raises(Refused, match="owner/name"):
        GitHubIssues(api, repository=name)


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"state": "merged"}, "issue.state is 'merged', a word that is not known here"),
        ({"title": ["Cart"]}, "issue.title is a list"),
        ({"number": "7"}, "issue.number is '7'"),
        ({"user": 5}, "issue.user is 5"),
    ],
)
def test_half_an_issue_is_told_by_its_field(changed, said):
    issue = {"number": 7, "html_url": "u", "title": "t", "body": "", "state": "open", "user": {"login": "us"}, "assignees": [], **changed}
    times = dict.fromkeys(("created_at", "updated_at"), "2026-11-09T09:00:00Z")
    with pytest.raises(Garbled) as told:
        ticket_of({**issue, **times}, "us")
    assert said in str(told.value)
