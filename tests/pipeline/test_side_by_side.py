"""Whole runs beside each other, stopped and woken, repeated, backfilled: the tables and the tickets are those of one run after the other."""

import os
import signal
import sys
import time
from contextlib import closing
from datetime import timedelta
from functools import cache
from itertools import cycle
from random import Random

import psutil
import pytest
from sqlalchemy import select

from pipeline import steps
from pipeline.connections import connection
from tests.pipeline.conftest import NOW, Place, rollback
from tests.warehouse.test_crashes import ended, forked
from tests.warehouse.vendor import at_point, dawdling, seeds
from warehouse import database
from warehouse.faults import Unavailable
from warehouse.frames import rows_of
from warehouse.schema import metadata
from warehouse.store import Store

DAY = timedelta(days=1)
TICKETS = '[policy]\nbudget_team_week = 10\n[trackers.tickets]\nuse = "folder"\npath = "prompts"\ndry_run = false\n'
NAMES = ("cart", "pay", "ship", "mail")
LEDGER = {"pulls", "checks", "facts"}
# Numbers of pulls, real clocks, who sent it: what may differ between two runs that did the same.
OWN = {"landed_by", "pull_id", "id", "owner", "lease_until", "sent_at", "opened_at", "url", "attempt"}
UNAVAILABLE = 75
# What has been read by then is old when the process wakes up: these always, the others by seed.
STALE = ("soundings.land.read", "soundings.derive.worked_out", "soundings.prompt.drafted")


def new_place(folder, url):
    folder.mkdir()
    place = Place(folder)
    place.configure(f'[warehouse]\nurl = "{url}"\n', TICKETS, services=NAMES)
    return place


def vendor(place, seed, *, later=False):
    """What the vendor has, and later: a field written over, a service more that took a deploy back."""
    random = Random(seed)
    deploys = [
        row
        for name in NAMES[: 4 if later else 3]
        for row in rollback(name, hours_ago=30 + 2 * NAMES.index(name), actor=random.choice(["ada", "bo"]) + ("!" if later else ""))
    ]
    shifts = [
        {
            "native_id": person,
            "person": person,
            "schedule": person,
            "scope": person,
            "starts_at": (NOW - 9 * DAY).isoformat(),
            "ends_at": NOW.isoformat(),
        }
        for person in ("ada", "bo")[: 2 if later else 1]
    ]
    place.record("deploys", random.sample(deploys, len(deploys)))
    place.record("shifts", shifts)


def whole(place, start=None, end=NOW):
    """Pull, check, derive, prompt: what a run does."""
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=start, end=end)
        steps.derive(place.settings, store)
        steps.prompt(place.settings, store, connection)


def whole_or_say(*given, **options):
    try:
        whole(*given, **options)
    except Unavailable:
        os._exit(UNAVAILABLE)


def left_by(place):
    """Every row, and every ticket."""
    found = {}
    with closing(Store.open(place.settings.warehouse_url)) as store, store.reading() as connected:
        for name, table in metadata.tables.items():
            if name not in LEDGER:
                columns = [column for column in table.columns if column.name not in OWN]
                found[name] = sorted(repr(tuple(row)) for row in connected.execute(select(*columns)))
        found["covered"] = store.covered("records")
    folder = place.folder / "prompts"
    found["tickets"] = sorted(path.name for path in folder.iterdir()) if folder.exists() else []
    return found


@pytest.fixture
def tested(tmp_path, warehouse_url, at):
    at(NOW)
    return new_place(tmp_path / "tested", warehouse_url)


@pytest.fixture(scope="module")
def serially(tmp_path_factory):
    """What is left where everything is done one after the other, on SQLite."""

    @cache
    def left(seed, runs=1, *, later=False):
        folder = tmp_path_factory.mktemp("serial")
        place = new_place(folder / "serial", f"sqlite:///{folder / 'serial.db'}")
        vendor(place, seed, later=later)
        for _ in range(runs):
            whole(place)
        return left_by(place)

    return left


def test_the_run_they_are_held_against_has_something_to_lose(tmp_path, at):
    at(NOW)
    place, found = new_place(tmp_path / "serial", f"sqlite:///{tmp_path / 'serial.db'}"), []
    for later in (False, True):
        vendor(place, 0, later=later)
        whole(place)
        left = left_by(place)
        found.append([len(left[name]) for name in ("deploys", "near_misses", "stretches", "tickets")])

    assert found == [[9, 3, 1, 3], [12, 4, 2, 4]]


@pytest.mark.parametrize("seed", seeds(2, 100))
def test_two_runs_at_once_leave_what_one_leaves(tested, serially, seed):
    vendor(tested, seed)
    one = serially(seed)

    def work():
        dawdling(seed)
        whole(tested)

    assert [ended(pid) for pid in [forked(work), forked(work)]] == [0, 0]
    assert left_by(tested) == one


def test_a_derivation_beside_a_run_that_opens_ticket_after_ticket_is_done_again_until_it_holds(tested):
    vendor(tested, 0)
    whole(tested)

    def work():
        begun, states = time.monotonic(), cycle(["talking", "open"])

        def listen(event, _):
            if event == "soundings.derive.worked_out" and time.monotonic() - begun < 2:
                with tested.open() as another:
                    another.set(rows_of(another.read("prompts"))[0]["key"], None, state=next(states))

        sys.addaudithook(listen)
        with tested.open() as store:
            steps.derive(tested.settings, store)

    assert ended(forked(work)) == 0


@pytest.mark.parametrize("seed", seeds(2, 100))
def test_a_backfill_over_a_live_run_leaves_what_one_after_the_other_leaves(tested, serially, seed):
    vendor(tested, seed)
    days = [(NOW - day * DAY, NOW - (day - 1) * DAY) for day in range(5, 0, -1)]

    def live():
        dawdling(seed)
        whole(tested)

    def backfill():
        dawdling(seed)
        with tested.open() as store:
            for start, end in days:
                steps.pull(tested.settings, store, "records", connection, start=start, end=end)
            steps.derive(tested.settings, store)

    two = serially(seed, runs=2)
    assert [ended(pid) for pid in [forked(live), forked(backfill)]] == [0, 0]
    whole(tested)  # what was published last asks for it
    assert left_by(tested) == two


@pytest.mark.parametrize("seed", seeds(3, 100))
def test_a_run_that_is_stopped_and_wakes_after_another_did_its_work_changes_nothing(tested, serially, seed, monkeypatch):
    is_postgres = tested.settings.warehouse_url.startswith("postgresql")
    if not is_postgres:  # a server takes back what a stopped process holds; of SQLite's file it is held until the process wakes, so nobody waits here
        monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    vendor(tested, seed)
    with tested.open():
        pass  # its tables

    def sleeper():
        database.SILENT_SECONDS = 5
        nth, name = (1, STALE[seed]) if seed < len(STALE) else (Random(seed).randrange(1, 30), "soundings.")
        at_point(nth, lambda: os.kill(os.getpid(), signal.SIGSTOP), name=name)
        whole_or_say(tested)

    pid = forked(sleeper)
    while (state := psutil.Process(pid).status()) not in {psutil.STATUS_STOPPED, psutil.STATUS_ZOMBIE}:
        time.sleep(0.01)
    assert state == psutil.STATUS_STOPPED, "it came to that point"
    vendor(tested, seed, later=True)
    another = ended(forked(whole_or_say, tested))
    assert another == 0 or (another == UNAVAILABLE and not is_postgres)
    os.kill(pid, signal.SIGCONT)
    assert ended(pid) in {0, UNAVAILABLE}
    if another:
        whole(tested)  # as the scheduler would

    assert left_by(tested) == serially(seed, later=True)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_cleared_and_run_again_five_times_changes_no_row_and_opens_no_ticket(tested, seed):
    vendor(tested, seed)
    whole(tested)
    before = left_by(tested)
    for _ in range(5):
        with tested.open() as store:
            windows = store.covered("records")
        whole(tested, start=windows[0].start, end=windows[-1].end)

        assert left_by(tested) == before
