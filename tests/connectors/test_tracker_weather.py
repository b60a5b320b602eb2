"""Trackers in bad weather: no ticket is missed, opened twice, or taken for one that people closed or deleted."""

from datetime import UTC, datetime, timedelta
from functools import reduce
from operator import getitem

import pytest

from connectors.errors import Busy, Garbled, Refused
from connectors.folder import Folder
from connectors.github import GITHUB, GitHubIssues
from connectors.http import Connection, connect
from demo.vendors.server import Response
from demo.vendors.weather import answer
from tests.connectors.drift import DRIFTS, MISSING, _changed, _inner
from tests.connectors.weather import PASSING, UNREADABLE, WRONG

REPO = "acme/learning"
START = datetime(2026, 11, 9, 9, tzinfo=UTC)


@pytest.fixture
def tickets(github, server):
    """A repository with two issues of ours, one of them talked about."""
    github.state.add_repository(REPO)
    for number in range(2):
        github.state.add_issue(REPO, f"What surprised us? {number}", f"code LO-{number}", at=START + timedelta(minutes=number))
    github.state.add_comment(REPO, 1, "grace", "- [x] talked about it", at=START + timedelta(hours=1))
    api = connect(GITHUB, Connection(secret=github.state.token), base_url=server.url, requests_per_minute=100_000, sleep=lambda _: None)
    return GitHubIssues(api, repository=REPO)


def found(tracker):
    return [(ticket.number, ticket.is_open) for ticket in tracker.find(START)]


@pytest.mark.parametrize("name", [*UNREADABLE, *WRONG, "cut", "reset", "500", "cut in a chunk", "64 kB header"])
def test_no_fault_makes_a_ticket_look_deleted_closed_or_never_opened(tickets, server, name):
    expected, ticket = found(tickets), tickets.read("1")
    fault = (PASSING | UNREADABLE | WRONG)[name]
    for path, ask in ((f"/repos/{REPO}/issues", lambda: found(tickets)), (f"/repos/{REPO}/issues/1", lambda: tickets.read("1"))):
        server.faults_at[path] = [fault]
        try:
            assert ask() in (expected, ticket)
        except Garbled:
            assert name in WRONG
        server.faults_at[path] = [fault] * 9
        with pytest.raises(Busy):
            ask()
        server.faults_at.clear()


@pytest.mark.parametrize("name", PASSING)
def test_whatever_happens_to_a_new_ticket_it_is_sent_once(tickets, server, name):
    tickets.open("LO-8", "First", "code LO-8")
    path = f"/repos/{REPO}/issues"
    server.faults_at[path] = [PASSING[name]]
    with pytest.raises(Busy):
        tickets.open("LO-9", "Next", "code LO-9")
    assert sum((request.method, request.path) == ("POST", path) for request in server.requests) == 2


def places(body, path=()):
    for name in _inner(reduce(getitem, path, body)):
        yield (*path, name)
        yield from places(body, (*path, name))


@pytest.mark.parametrize("drift", [*DRIFTS, "missing"])
@pytest.mark.parametrize("which", ["issues", "issues/1", "issues/1/comments", "user"])
def test_drift_of_an_issue_is_an_error_and_never_another_ticket(github, server, tickets, which, drift):
    path = "/user" if which == "user" else f"/repos/{REPO}/{which}"
    expected = found(tickets), tickets.read("1")
    body = server.app(next(request for request in server.requests if request.path == path)).json
    for place in places(body):
        if isinstance(place[-1], int) and drift in {"missing", "renamed"}:
            continue
        damaged = Response(json=_changed(body, place, MISSING if drift == "missing" else DRIFTS[drift]))
        server.app = lambda request, damaged=damaged: damaged if request.path == path else github(request)
        tracker = GitHubIssues(tickets._api, repository=REPO)
        try:
            told = found(tracker), tracker.read("1")
        except (Busy, Refused):
            continue
        if place[-1] == "number" and isinstance(DRIFTS.get(drift), int):
            continue
        # A ghost's issue is not ours, and what people may edit is what they said.
        if place[-2:] in {(0, "user"), ("user", "login"), (1, "user"), ("user",), ("login",)} and isinstance(DRIFTS.get(drift), str | None):
            continue
        assert told[0] == expected[0], place
        assert (told[1].number, told[1].is_open, told[1].is_touched) == (expected[1].number, True, True), place


@pytest.mark.parametrize(
    "front", ["", "code: LO-1\n", 'code: LO-1\ntitle: x\nopened_at: "9999-12-31T23:59:59-14:00"\n', "code: LO-1\ntitle: x\nopened_at: 2026\n"]
)
def test_a_ticket_file_nobody_can_read_any_more_is_refused_by_name(tmp_path, front):
    (tmp_path / "LO-1-x.md").write_text(f"---\n{front}---\n\nbody")
    for ask in (lambda folder: list(folder.find(START)), lambda folder: folder.read("LO-1"), lambda folder: folder.open("LO-1", "x", "body")):
        with pytest.raises(Refused, match=r"LO-1-x\.md"):
            ask(Folder(path=str(tmp_path)))


@pytest.mark.parametrize("damage", [b"---\ncode: LO-1\n", b"\xff\xfe", b"", b"---\n" + b"\0" * 5_000])
def test_half_a_ticket_file_is_never_taken_for_no_ticket(tmp_path, damage):
    folder = Folder(path=str(tmp_path))
    folder.open("LO-1", "x", "body")
    next(tmp_path.glob("LO-1*.md")).write_bytes(damage)
    with pytest.raises(Refused, match="LO-1"):
        folder.read("LO-1")


def test_a_refused_list_is_no_empty_list(tickets, server):
    server.faults_at[f"/repos/{REPO}/issues"] = [answer(403, json={"message": "Resource not accessible"})]
    with pytest.raises(Refused):
        found(tickets)
