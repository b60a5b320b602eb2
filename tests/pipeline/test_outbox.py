import json
import re
import signal
import threading
from collections import Counter
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from connectors.errors import Refused
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import serve
from demo.vendors.weather import answer, late, lose
from pipeline import planning, steps
from pipeline.connections import connection
from pipeline.health import examine, health
from tests.pipeline.conftest import NOW, rollback
from tests.pipeline.outbox_runs import (
    MOMENTS,
    child,
    killed_at,
    killed_while_sending,
    later,
    paused_before_the_intent,
    run,
    unharmed,
    wait_for,
)

REPOSITORY = "acme/learning"
SERVICES = [f"service{number}" for number in range(14)]
POLICY = "[policy]\nbudget_team_week = 50\nbudget_organisation_week = 50\n"


@pytest.fixture
def github():
    state = State(login="robot")
    state.add_repository(REPOSITORY)
    return GitHub(state)


@pytest.fixture
def server(github, monkeypatch):
    with serve(github) as running:
        held = {"conn_type": "http", "host": running.url, "password": github.state.token}
        monkeypatch.setenv("AIRFLOW_CONN_TRACKER", json.dumps(held))
        yield running


@pytest.fixture
def tracked(place, server):
    """Findings in the warehouse, and a tracker that is spoken to."""
    assert not server.requests

    def track(kind, *, services=SERVICES[:1], policy=POLICY, dry_run="false"):
        options = f'conn_id = "tracker"\nrepository = "{REPOSITORY}"' if kind == "github" else 'path = "tickets"'
        place.configure(f'[trackers.main]\nuse = "{kind}"\ndry_run = {dry_run}\n{options}\n', policy, services=services)
        place.record("deploys", [row for name in services for row in rollback(name)])
        with place.open() as store:
            steps.pull(place.settings, store, "records", connection, start=None, end=NOW)
            steps.derive(place.settings, store)
        return place

    return track


@pytest.fixture
def issues(github):
    return github.state.repositories[REPOSITORY].issues


def rows(place, table="prompts"):
    with place.open() as store:
        return store.read(table).to_dict("records")


def codes(place, issues):
    """The code of every ticket there is, in whichever tracker."""
    texts = [issue["body"] for issue in issues.values()] + [path.read_text() for path in place.folder.glob("tickets/*.md")]
    return Counter(re.search(r"^LO-[0-9a-f]{8}", text, re.MULTILINE)[0] for text in texts)


def each_once(place, issues):
    return codes(place, issues) == Counter({row["code"]: 1 for row in rows(place)})


@pytest.mark.parametrize("kind", ["github", "folder"])
def test_killed_anywhere_between_plan_and_open_no_ticket_is_doubled_and_none_lost(tracked, issues, kind):
    place = tracked(kind, services=SERVICES)
    for moment in MOMENTS:
        with child(place.path, killed_at, *moment) as process:
            pass
        assert process.exitcode == -signal.SIGKILL, f"{moment} was not reached"
        assert max(codes(place, issues).values(), default=1) == 1
    later(place.path)
    run(place.path)
    later(place.path)
    run(place.path)

    assert len(rows(place)) == len(SERVICES)
    assert each_once(place, issues)
    assert {row["state"] for row in rows(place)} == {"open"}
    if kind == "github":
        assert all(row["code"] in issues[int(row["number"])]["body"] for row in rows(place))


@contextmanager
def slow(server):
    """The first issue sent is written down only when the block ends, whoever has hung up by then."""
    go_on, written, prompt = threading.Event(), threading.Event(), server.app

    def app(request):
        if server.app is prompt or not (request.method == "POST" and request.path.endswith("/issues")):
            return prompt(request)
        server.app = prompt
        go_on.wait(30)
        answer = prompt(request)
        written.set()
        return answer

    server.app = app
    yield
    go_on.set()
    assert written.wait(30)


def test_a_ticket_the_tracker_wrote_down_after_our_death_is_adopted(tracked, issues, server):
    place = tracked("github")
    with slow(server), child(place.path, killed_while_sending, 0.1):
        pass
    run(place.path)
    assert [row["state"] for row in rows(place)] == ["intent"], "nobody asks before the longest life of a request is over"
    later(place.path)
    run(place.path)

    assert len(issues) == 1
    assert [(row["state"], row["number"]) for row in rows(place)] == [("open", "1")]


def test_without_the_wait_a_late_ticket_would_be_doubled(tracked, issues, server):
    place = tracked("github", policy="[policy]\nwait_unknown_minutes = 0\n")
    with slow(server):
        with child(place.path, killed_while_sending, 0.1):
            pass
        later(place.path)
        run(place.path)

    assert len(issues) == 2


def test_two_openers_at_once_open_each_ticket_once(tracked, issues, server):
    place = tracked("github", services=SERVICES[:4])
    server.faults_at[f"/repos/{REPOSITORY}/issues"] = [late(0.05)] * 12
    with child(place.path, unharmed), child(place.path, unharmed):
        pass

    assert len(issues) == 4
    assert each_once(place, issues)


def test_an_opener_that_slept_past_its_lease_sends_nothing(tracked, issues):
    place = tracked("github")
    paused, go_on = place.folder / "paused", place.folder / "go_on"
    with child(place.path, paused_before_the_intent, paused, go_on):
        wait_for(paused)
        later(place.path)
        run(place.path)
        go_on.touch()

    assert len(issues) == 1
    assert [row["attempt"] for row in rows(place)] == [1]


def test_a_send_whose_answer_is_lost_is_looked_up_and_not_repeated(tracked, issues, server):
    place = tracked("github")
    server.faults_at[f"/repos/{REPOSITORY}/issues"] = [lose]
    assert run(place.path)["unknown"] == 1
    assert [row["state"] for row in rows(place)] == ["unknown"]
    later(place.path)
    figures = run(place.path)

    assert (len(issues), figures["opened"], figures["doubled"]) == (1, 1, 0)


def test_a_send_that_never_arrived_is_made_again_after_the_wait(tracked, issues, server):
    place = tracked("github")
    server.faults_at[f"/repos/{REPOSITORY}/issues"] = [answer(502, body="bad")]
    run(place.path)
    assert run(place.path)["opened"] == 0
    later(place.path)
    run(place.path)

    assert (len(issues), [row["attempt"] for row in rows(place)]) == (1, [2])


def test_a_code_in_quoted_text_is_no_ticket_of_ours(tracked, github, issues, server):
    place = tracked("github")
    with place.open() as store:
        [(title, body, _)] = planning.drafts(place.settings, store, connection)
    code = re.search(r"^LO-\w+", body, re.MULTILINE)[0]
    github.state.add_issue(REPOSITORY, "another", f"```\n{code}\n```\n")
    server.faults_at[f"/repos/{REPOSITORY}/issues"] = [answer(502, body="bad")]
    run(place.path)
    later(place.path)
    run(place.path)

    assert [issue["title"] for issue in issues.values()] == ["another", title]


@pytest.mark.parametrize("how", ["closed", "deleted"])
def test_what_a_person_closed_or_deleted_is_never_opened_again(tracked, issues, how):
    place = tracked("github")
    run(place.path)
    if how == "closed":
        issues[1]["state"] = "closed"
    else:
        del issues[1]
    known = dict(issues)
    for _ in range(3):
        run(place.path)

    assert issues == known
    assert [row["state"] for row in rows(place)] == ["closed"]


def test_a_ticket_a_program_closed_is_not_one_that_people_closed_and_still_takes_an_answer(tracked, github):
    place = tracked("github")
    run(place.path)
    github.state.add_comment(REPOSITORY, 1, "github-actions[bot]", "This issue is stale.")
    github.state.do(REPOSITORY, 1, "github-actions[bot]", "closed")
    run(place.path)
    assert [row["state"] for row in rows(place)] == ["open"]

    github.state.add_comment(REPOSITORY, 1, "grace", "known and fine")
    run(place.path)
    assert [row["state"] for row in rows(place)] == ["answered"]


@pytest.mark.parametrize("kind", ["github", "folder"])
def test_a_dry_run_sends_nothing_and_plans_all_the_same(tracked, server, kind):
    place = tracked(kind, dry_run="true")
    figures = run(place.path)

    assert (figures["planned"], figures["opened"]) == (1, 0)
    assert (server.requests, list(place.folder.glob("tickets*"))) == ([], [])


def test_a_refusal_leaves_the_prompt_planned_and_names_the_tracker(tracked, github, issues):
    place = tracked("github")
    github.state.refused[REPOSITORY] = 403
    with pytest.raises(Refused, match=r"\[trackers\.main\] .*403"):
        run(place.path)
    assert [row["state"] for row in rows(place)] == ["planned"]

    github.state.refused.clear()
    run(place.path)
    assert len(issues) == 1


def test_a_tracker_that_is_away_does_not_stop_another_one(tracked, github):
    place = tracked("github", services=SERVICES[:2])
    folder = (
        '[trackers.near]\nuse = "folder"\npath = "tickets"\ndry_run = false\nteams = ["other"]\n[teams.other]\n[services.second]\nteam = "other"\n'
    )
    main = f'[trackers.main]\nuse = "github"\ndry_run = false\nconn_id = "tracker"\nrepository = "{REPOSITORY}"\n'
    place.configure(main, POLICY, folder, services=SERVICES[:1])
    place.record("deploys", [*rollback(SERVICES[0]), *rollback("second")])
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=NOW - timedelta(days=30), end=NOW)
        steps.derive(place.settings, store)
    github.state.refused[REPOSITORY] = 404
    with pytest.raises(Refused, match=r"\[trackers\.main\]"):
        run(place.path)

    assert len(list(place.folder.glob("tickets/*.md"))) == 1


ISSUES = f"/repos/{REPOSITORY}/issues"
UNFIT = answer(422, json={"message": "Validation Failed", "errors": [{"message": "body is too long"}]})


def states(place):
    return sorted(row["state"] for row in rows(place))


def troubles(place):
    with place.open() as store:
        return [(one.what, one.needs_person) for one in health(place.settings, store).troubles if one.where == "tracker main"]


def test_one_refused_ticket_stops_no_other_and_is_told_with_the_reason(tracked, issues, server):
    place = tracked("github", services=SERVICES[:3])
    server.faults_at[ISSUES] = [UNFIT]
    with place.open() as store:
        figures = steps.run(place.settings, store, connection)

    assert (figures["prompt"]["opened"], figures["prompt"]["refused"], len(issues)) == (2, 1, 2)
    assert re.search(r"\[trackers\.main\] LO-\w+ was not opened: .*422", figures["failed"]["prompt"])
    assert states(place) == ["open", "open", "refused"]
    [(what, needs_person)] = troubles(place)
    assert re.fullmatch(r"LO-\w+ was not opened: github: POST .* answered 422: .*\(1 try, tried again by itself\)", what)
    assert needs_person


def test_a_refused_ticket_is_tried_a_few_times_and_again_when_asked(tracked, server):
    place = tracked("github", services=SERVICES[:1])
    server.faults_at[ISSUES] = [UNFIT] * 9

    def sent():
        return sum((request.method, request.path) == ("POST", ISSUES) for request in server.requests)

    for tries in (1, 2, 3):
        with pytest.raises(Refused):
            run(place.path)
        assert sent() == tries
    for _ in range(3):
        assert run(place.path)["refused"] == 0, "nobody tries any more, and a run that tries nothing does not fail"
    assert (sent(), states(place)) == (3, ["refused"])
    assert troubles(place)[0][0].endswith("(3 tries, not tried again)")

    server.faults_at.clear()
    with place.open() as store:
        assert store.try_again() == 1
    assert (run(place.path)["opened"], states(place), troubles(place)) == (1, ["open"], [])


def test_a_ticket_refused_for_good_uses_up_no_budget(tracked, issues, server):
    place = tracked("github", services=SERVICES[:2], policy="[policy]\nbudget_team_week = 1\n")
    server.faults_at[ISSUES] = [UNFIT] * 3
    for _ in range(3):
        with pytest.raises(Refused):
            run(place.path)
    assert run(place.path)["opened"] == 1

    assert (len(issues), states(place)) == (1, ["open", "refused"])


@pytest.mark.parametrize("status", [401, 403])
def test_who_refuses_everything_is_named_and_no_ticket_is_marked_as_refused(tracked, github, status):
    place = tracked("github", services=SERVICES[:3])
    github.state.refused[REPOSITORY] = status
    for _ in range(4):
        with pytest.raises(Refused, match=rf"^\[trackers\.main\] .*{status}"):
            run(place.path)
    assert states(place) == ["planned"] * 3

    github.state.refused.clear()
    assert run(place.path)["opened"] == 3


@pytest.mark.parametrize("status", [401, 403, 404])
def test_a_tracker_that_refuses_everything_needs_a_person_until_a_ticket_went_through(tracked, github, at, status):
    place = tracked("github", services=SERVICES[:2])
    github.state.refused[REPOSITORY] = status
    for minutes in (0, 30):
        at(NOW + timedelta(minutes=minutes))
        with pytest.raises(Refused):
            run(place.path)
    with place.open() as store:
        [trouble] = [one for one in health(place.settings, store).troubles if one.where == "tracker main"]
        assert health(place.settings, store).needs_person
        assert trouble.what in [one["what"] for one in examine(place.settings, store, connection)["tracker main"]["troubles"]]
    assert (trouble.since, trouble.needs_person) == (NOW, True)
    assert trouble.what.startswith("the last time it did not go through: github: ")
    assert str(status) in trouble.what
    assert trouble.remedy == Refused("", status=status).remedy

    github.state.refused.clear()
    at(NOW + timedelta(hours=12))
    assert run(place.path)["waiting"] == 2, "the team is at home"
    assert (trouble.what, True) in troubles(place), "nobody has spoken to the tracker since"
    at(NOW + timedelta(hours=22))
    run(place.path)
    assert troubles(place) == []


def test_a_tracker_whose_connection_is_missing_needs_a_person(tracked, monkeypatch):
    place = tracked("github")
    monkeypatch.setenv("AIRFLOW_CONN_TRACKER", "neither JSON nor a URI")
    with pytest.raises(Refused):
        run(place.path)
    [(what, needs_person)] = troubles(place)
    assert "the connection 'tracker'" in what
    assert needs_person

    place.configure('[trackers.main]\nuse = "folder"\npath = "tickets"\n', POLICY, services=SERVICES[:1])
    assert troubles(place) == [], "in dry run nobody speaks to it"


def test_who_lets_tickets_be_read_and_not_opened_is_told_of_also_when_some_were_read(tracked, server):
    run(tracked("github").path)
    place = tracked("github", services=SERVICES[:2])
    server.faults_at[ISSUES] = [answer(403, json={"message": "not for you"})] * 9
    with pytest.raises(Refused):
        run(place.path)

    assert states(place) == ["open", "planned"]
    assert [needs_person for _, needs_person in troubles(place)] == [True]


def test_a_send_without_an_answer_is_told_at_once(tracked, server):
    place = tracked("github")
    server.faults_at[f"/repos/{REPOSITORY}/issues"] = [lose]
    assert run(place.path)["unknown"] == 1
    assert [needs_person for _, needs_person in troubles(place)] == [False]


def test_a_label_nobody_may_make_is_said_once_and_stands_on_the_health_page(tracked, issues, server, caplog):
    place = tracked("github", services=SERVICES[:2])
    server.faults_at[f"/repos/{REPOSITORY}/labels"] = [answer(403, json={"message": "not for you"})] * 9
    assert run(place.path)["opened"] == 2

    assert sum("event=tracker_degraded" in record.getMessage() for record in caplog.records) == 1
    [(what, needs_person)] = troubles(place)
    assert what.startswith("the label 'learning-review': github: POST ")
    assert not needs_person
    assert [issue["labels"] for issue in issues.values()] == [[], []]


def test_a_ticket_file_nobody_can_read_keeps_no_other_answer_from_being_read(tracked):
    place = tracked("folder", services=SERVICES[:2])
    run(place.path)
    first, second = sorted(place.folder.glob("tickets/*.md"))
    first.write_text("---\nnothing that was there\n---\n\n")
    second.write_text(second.read_text().replace("- [ ] known and fine", "- [x] known and fine"))
    with pytest.raises(Refused, match=rf"(?s)\[trackers\.main\] LO-\w+ cannot be read: .*{first.name}"):
        run(place.path)

    assert states(place) == ["answered", "open"]


def told(place):
    with place.open() as store:
        figures = steps.prompt(place.settings, store, connection)
        [review] = store.read("reviews").to_dict("records") or [None]
        [story] = store.read("near_misses").to_dict("records")
    return figures, review, story


def test_an_answer_comes_back_as_a_review_and_the_near_miss_says_so(tracked, github):
    place = tracked("github")
    _, review, story = told(place)
    assert (review, story["state"]) == (None, "invited")

    at = datetime(2026, 6, 10, 9, tzinfo=UTC)
    github.state.add_comment(REPOSITORY, 1, "ada", "Useful near miss!\nLearned: the dashboard was a minute behind", at=at)
    figures, review, story = told(place)
    assert (figures["answered"], story["state"]) == (1, "answered")
    assert (review["subject_kind"], review["subject_id"], review["level"]) == ("near_miss", story["key"], "R1")
    assert (review["disposition"], review["held_at"]) == ("useful near miss", at)
    assert "a minute behind" in review["learning"]

    github.state.add_comment(REPOSITORY, 1, "bo", "known and fine", at=at)
    figures, review, story = told(place)
    assert (figures["answered"], review["level"], story["state"]) == (0, "R2", "shared")


def test_a_box_that_was_ticked_is_an_answer_and_stays_the_same_one(tracked, issues, at):
    place = tracked("github")
    told(place)
    issues[1]["body"] = issues[1]["body"].replace("- [ ] planned", "- [x] planned")
    _, first, _ = told(place)
    at(NOW + timedelta(days=1))
    _, second, story = told(place)

    assert (first["disposition"], story["state"]) == ("planned", "answered")
    assert first == second


def test_our_own_comment_is_no_answer_and_no_conversation(tracked, github):
    place = tracked("github")
    told(place)
    github.state.add_comment(REPOSITORY, 1, "robot", "useful near miss: said by nobody")
    _, review, story = told(place)

    assert (review, story["state"]) == (None, "invited")


def test_talk_without_an_answer_is_a_conversation(tracked, github):
    place = tracked("github")
    told(place)
    github.state.add_comment(REPOSITORY, 1, "ada", "let us talk on Monday")
    _, review, story = told(place)

    assert (review, story["state"]) == (None, "talking")


def test_an_answer_read_by_a_process_that_died_is_read_again(tracked, github):
    place = tracked("github")
    told(place)
    github.state.add_comment(REPOSITORY, 1, "ada", "not a surprise", at=datetime.now(UTC))  # by the tracker's clock later than now
    for moment in (("plan", "before", 1), ("set", "before", 1)):
        with child(place.path, killed_at, *moment):
            pass
    _, review, _ = told(place)

    assert review["disposition"] == "known and fine", "as it is called now"
    assert [row["state"] for row in rows(place)] == ["answered"]


def test_a_finding_that_does_not_hold_any_more_is_withheld(tracked, issues):
    place = tracked("github", dry_run="true")
    run(place.path)
    place.configure('[trackers.main]\nuse = "folder"\npath = "tickets"\ndry_run = false\n', POLICY)
    with place.open() as store:
        store.merge("near_misses", [], now=NOW)
    run(place.path)

    assert [(row["state"], row["withheld_reason"]) for row in rows(place)] == [("withheld", "the finding does not hold any more")]
    assert not issues
