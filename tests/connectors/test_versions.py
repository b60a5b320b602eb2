"""One record that comes in several versions, in one page, two pages or two windows of a run: the one changed last is in the table."""

import json
from copy import deepcopy
from datetime import UTC, datetime, timedelta

import pytest

from connectors.files import pull as pull_files
from connectors.github import GITHUB
from connectors.github import pull as pull_github
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from signals.windows import Window
from warehouse.store import Store

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
DAYS = list(Window(MONDAY, MONDAY + timedelta(days=3)).chunks(timedelta(days=1)))
WHOLE = [Window(MONDAY, DAYS[-1].end)]
REPO, SHA = "acme/shop", "d" * 40


def _at(minutes):
    return MONDAY + timedelta(minutes=minutes)


def _written(minutes):
    return f"{_at(minutes):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def landed(tmp_path):
    """A function that lands what `pull(window)` yields for each window, and gives the rows of a table."""
    store = Store.open(f"sqlite:///{tmp_path / 'warehouse.db'}")

    def rows(pull, windows, table):
        for window in windows:
            landing = store.land("some", window, pull(window), service_of=lambda _: None, now=window.end)
            store.publish(landing.pull_id, window.end)
        return store.read(table).to_dict("records")

    yield rows
    store.engine.dispose()


@pytest.fixture
def github():
    state = State()
    state.add_repository(REPO)
    return GitHub(state)


def _reading(server, **options):
    api = connect(GITHUB, Connection(secret="ghs_made_up"), base_url=server.url, requests_per_minute=1_000_000)
    return lambda window: pull_github(api, window, repositories=[REPO], **options)


@pytest.mark.parametrize("is_first", [True, False])
def test_a_pull_request_as_it_was_beside_it_as_it_is(github, landed, is_first):
    number = github.state.add_pull(REPO, "Cart", _at(5))
    home = github.state.repositories[REPO]
    old = deepcopy(home.pulls[number])
    home.pulls[number] |= {"title": "Cart, again", "updatedAt": _written(90)}

    def listed(request):
        answered = github(request)
        if request.json and "query PullRequests" in request.json["query"]:
            nodes = answered.json["data"]["repository"]["pullRequests"]["nodes"]
            was = {**old, "reviews": nodes[0]["reviews"]}
            nodes[:] = [was, *nodes] if is_first else [*nodes, was]
        return answered

    with serve(listed) as server:
        [row] = landed(_reading(server), WHOLE, "pull_requests")
    assert row["title"] == "Cart, again"


@pytest.mark.parametrize("is_first", [True, False])
def test_a_run_that_goes_on_beside_the_same_when_it_had_ended(github, landed, is_first):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_at(0), ended_at=_at(125))
    home = github.state.repositories[REPO]
    old = {**home.runs[0], "status": "in_progress", "conclusion": None, "updated_at": f"{_at(125) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}"}
    home.runs[0]["updated_at"] = _written(126)
    home.runs.insert(0 if is_first else 1, old)
    with serve(github) as server:
        [row] = landed(_reading(server, workflows={"Deploy": "production"}), WHOLE, "deploys")
    assert (row["status"], row["finished_at"]) == ("success", _at(125))


def test_a_run_that_was_touched_after_its_last_job_is_seen_to_end_by_the_next_pull(github, landed):
    github.state.add_run(REPO, "Deploy", SHA, created_at=_at(0), ended_at=_at(125), conclusion=None, status="in_progress")
    run = github.state.repositories[REPO].runs[0]
    run["updated_at"] = f"{_at(125) + timedelta(seconds=2):%Y-%m-%dT%H:%M:%SZ}"
    with serve(github) as server:
        reading = _reading(server, workflows={"Deploy": "production"})
        [row] = landed(reading, WHOLE, "deploys")
        assert row["status"] == "running"
        github.state.end_run(REPO, 1, _at(125), "failure")
        run["updated_at"] = _written(200)
        [row] = landed(reading, WHOLE, "deploys")
    assert (row["status"], row["finished_at"]) == ("failed", _at(125))


OLD, NEW = {"version": "1"}, {"version": "2"}


@pytest.mark.parametrize("windows", [WHOLE, DAYS, DAYS[::-1]], ids=["at once", "by days", "days backwards"])
@pytest.mark.parametrize("order", [1, -1], ids=["older first", "newer first"])
@pytest.mark.parametrize("times", [(_written(60), _written(61)), ("2026-11-02T02:30:00+02:00", "2026-11-01T20:00:00-05:00")], ids=["Z", "zones"])
def test_rows_of_files_with_one_identity(tmp_path, landed, windows, order, times):
    old, new = times
    said = {"native_id": "d1", "environment": "production"}
    rows = [
        {**said, **OLD, "changed_at_source": old, "started_at": _written(5)},
        {**said, **NEW, "changed_at_source": new, "started_at": _written(60 * 30)},
    ]
    lines = [json.dumps(row) + "\n" for row in rows][::order]
    for number, folder in enumerate((tmp_path / "one", tmp_path / "two")):
        folder.mkdir()
        names = ("deploys-a.jsonl", "deploys-b.jsonl" if number else "deploys-a.jsonl")
        for name, line in zip(names, lines, strict=True):
            with (folder / name).open("a") as file:
                file.write(line)
        [row] = landed(lambda window, path=str(folder): pull_files(None, window, path=path), windows, "deploys")
        assert row["version"] == "2"


def test_an_answer_that_holds_one_release_twice_is_one_row(github, landed):
    github.state.add_release(REPO, "v1", SHA, created_at=_at(0), published_at=_at(1))
    home = github.state.repositories[REPO]
    home.releases.append(home.releases[0] | {"name": "The second form", "updatedAt": _written(50)})
    with serve(lambda request: Response(200, json=github(request).json)) as server:
        [row] = landed(_reading(server, releases_as="production"), WHOLE, "deploys")
    assert row["title"] == "The second form"
