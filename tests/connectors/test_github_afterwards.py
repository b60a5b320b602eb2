"""The same fortnight of deploys, read every few hours, read afterwards in one go, and read a day at a time: the warehouse holds the same rows."""

from datetime import UTC, datetime, timedelta
from random import Random

import pytest

from connectors.github import GITHUB, pull
from connectors.http import Connection, connect
from demo.vendors.github import GitHub
from demo.vendors.github_records import moment
from demo.vendors.github_state import State
from demo.vendors.server import Response, serve
from signals.windows import Window, due
from warehouse.store import Store

MONDAY = datetime(2026, 11, 2, tzinfo=UTC)
END = MONDAY + timedelta(days=15)
LOOK_BACK = timedelta(days=3)
REPO, SHA = "acme/shop", "d" * 40
OPTIONS = {"repositories": [REPO], "commits": False, "releases_as": "production", "workflows": {"Deploy*": "production"}}


def _at(day, hour=0, minute=0):
    return MONDAY + timedelta(days=day, hours=hour, minutes=minute)


def _run(at, name="Deploy", **more):
    return at, lambda state: state.add_run(REPO, name, SHA, created_at=at, ended_at=at, conclusion=None, **more)


def _ends(number, at, conclusion="success"):
    return at, lambda state: state.end_run(REPO, number, at, conclusion)


def _again(number, at):
    return at, lambda state: state.rerun(REPO, number, at)


def _becomes(kind, number, at, **facts):
    times = {"runs": {"updated_at": moment(at)}, "releases": {"updatedAt": moment(at)}}[kind]
    return at, lambda state: getattr(state.repositories[REPO], kind)[number - 1].update({**times, **facts})


def _deployment(at):
    return at, lambda state: state.add_deployment(REPO, "production", SHA, at)


def _says(number, at, *words):
    return at, lambda state: [state.add_status(REPO, number, word, at) for word in words]


def _release(at, tag, published_at, **more):
    return at, lambda state: state.add_release(REPO, tag, SHA, created_at=at, published_at=published_at, **more)


STORY = [
    # 1: failed, was started again and worked, all before anybody looked.
    _run(_at(0, 2, 10)), _ends(1, _at(0, 2, 17), "failure"), _again(1, _at(0, 2, 30)), _ends(1, _at(0, 2, 41)),
    # 2: worked, and was started again five days later, to go back to it.
    _run(_at(0, 9)), _ends(2, _at(0, 9, 12)), _again(2, _at(5, 14)), _ends(2, _at(5, 14, 9)),
    # 3: waits, then all of its jobs are skipped. 4: somebody stops it. 5: failed twice.
    _run(_at(1, 1), status="queued"), _ends(3, _at(1, 4), "skipped"),
    _run(_at(1, 6)), _ends(4, _at(1, 6, 40), "cancelled"),
    _run(_at(1, 8)), _ends(5, _at(1, 8, 3), "failure"), _again(5, _at(1, 8, 10)), _ends(5, _at(1, 8, 12), "timed_out"),
    _again(5, _at(1, 11)), _ends(5, _at(1, 11, 30)),
    # 6: lasts five days. 7: is touched a week after its end. 8: its file cannot be read. 9: is of another workflow.
    _run(_at(2, 3)), _ends(6, _at(7, 5)),
    _run(_at(2, 4)), _ends(7, _at(2, 4, 20)), _becomes("runs", 7, _at(9, 4)),
    _run(_at(2, 5)), _ends(8, _at(2, 5), "startup_failure"),
    _run(_at(2, 6), "Tests"), _ends(9, _at(2, 6, 5), "failure"),
    # 10: waits four days for an approval, is refused.  11: still going on when all is read.
    _run(_at(3, 1), status="waiting"), _ends(10, _at(7, 2), "failure"),
    _run(_at(14, 22)),
    # Deployments: one another took the place of; two words in a second; one that ends after six days; one that nobody ever reports on.
    _deployment(_at(0, 3)), _says(1, _at(0, 3, 4), "IN_PROGRESS"), _says(1, _at(0, 3, 9), "SUCCESS"), _says(1, _at(9, 1), "INACTIVE"),
    _deployment(_at(1, 3)), _says(2, _at(1, 3, 4), "SUCCESS", "IN_PROGRESS"),
    _deployment(_at(2, 3)), _says(3, _at(2, 3, 4), "IN_PROGRESS"), _says(3, _at(8, 3), "FAILURE"),
    _deployment(_at(3, 3)),
    # Releases: one that is edited, a prerelease that becomes a release, one that stays one, a draft.
    _release(_at(1), "v1", _at(1, 2)), _becomes("releases", 1, _at(11), name="The first one"),
    _release(_at(2), "v2", _at(2, 2), is_pre=True), _becomes("releases", 2, _at(10), isPrerelease=False),
    _release(_at(3), "v3-rc", _at(3, 2), is_pre=True), _release(_at(4), "v4", None),
]  # fmt: skip


class Organisation:
    """A made-up GitHub that goes through the story by its own clock."""

    def __init__(self):
        self.github = GitHub(State(), limit=10**9)
        self.github.state.add_repository(REPO)
        self._left = sorted(STORY, key=lambda part: part[0])
        self.at(MONDAY)

    def at(self, now):
        self.now = now
        while self._left and self._left[0][0] <= now:
            self._left.pop(0)[1](self.github.state)

    def __call__(self, request):
        answered = self.github(request)
        return Response(answered.status, json=answered.json, headers={**answered.headers, "Date": f"{self.now:%a, %d %b %Y %H:%M:%S GMT}"})


def _land(store, server, windows):
    for window in windows:
        etags = store.etags("github")
        api = connect(GITHUB, Connection(secret="ghs_made_up"), base_url=server.url, etags=etags, requests_per_minute=1_000_000)
        records = pull(api, window, **OPTIONS)
        landing = store.land("github", window, records, service_of=lambda _: None, now=window.end, etags=lambda etags=etags: etags)
        store.publish(landing.pull_id, window.end)
        assert api.degraded == {}
        assert landing.quarantined == 0


def _rows(store):
    rows = store.read("deploys").drop(columns=["first_seen_at", "landed_by"])
    return sorted(tuple(map(str, row)) for row in rows[sorted(rows.columns)].itertuples(index=False))


def _told(store):
    rows = store.read("deploys", ["native_id", "status", "started_at", "finished_at"])
    return {row.native_id.removeprefix(f"{REPO}/"): (row.status, row.started_at, row.finished_at) for row in rows.itertuples()}


@pytest.fixture
def reading(tmp_path, _sqlite_template):
    """A function that reads the story in some way into a warehouse of its own."""
    opened = []

    def read(name, how):
        path = tmp_path / f"{name}.db"
        path.write_bytes(_sqlite_template.read_bytes())
        opened.append(Store.open(f"sqlite:///{path}"))
        organisation = Organisation()
        with serve(organisation) as server:
            how(opened[-1], server, organisation)
        return opened[-1]

    yield read
    for store in opened:
        store.engine.dispose()


def _every_few_hours(store, server, organisation):
    now = MONDAY
    while now < END:
        now = min(now + timedelta(hours=8), END)
        organisation.at(now)
        _land(store, server, due(Window(MONDAY, now), store.covered("github"), LOOK_BACK))


def _afterwards(store, server, organisation):
    organisation.at(END)
    _land(store, server, [Window(MONDAY, END)])


def _days_in_any_order(store, server, organisation):
    organisation.at(END)
    days = list(Window(MONDAY, END).chunks(timedelta(days=1)))
    Random(7).shuffle(days)
    _land(store, server, days)


def test_deploys_read_as_they_happen_afterwards_or_a_day_at_a_time_are_the_same_rows(reading):
    afterwards = reading("afterwards", _afterwards)

    assert _rows(reading("hourly", _every_few_hours)) == _rows(afterwards)
    assert _rows(reading("days", _days_in_any_order)) == _rows(afterwards)


def test_what_is_read_afterwards_is_what_happened(reading):
    told = _told(reading("afterwards", _afterwards))

    assert told["runs/1/attempts/1"] == ("failed", _at(0, 2, 10), _at(0, 2, 17))
    assert told["runs/1/attempts/2"] == ("success", _at(0, 2, 30), _at(0, 2, 41))
    assert told["runs/2/attempts/2"] == ("success", _at(5, 14), _at(5, 14, 9))
    assert [told[f"runs/5/attempts/{number}"][0] for number in (1, 2, 3)] == ["failed", "failed", "success"]
    assert told["runs/6/attempts/1"] == ("success", _at(2, 3), _at(7, 5))
    assert told["runs/7/attempts/1"] == ("success", _at(2, 4), _at(2, 4, 20))
    assert told["deployments/1"] == ("success", _at(0, 3), _at(0, 3, 9))
    assert told["deployments/2"] == ("success", _at(1, 3), _at(1, 3, 4))
    assert told["deployments/3"] == ("failed", _at(2, 3), _at(8, 3))
    assert told["deployments/4"][0] == "running"
    assert told["releases/2"][1] == _at(2, 2)
    assert not {"runs/3/attempts/1", "runs/9/attempts/1", "releases/3", "releases/4"} & set(told)
