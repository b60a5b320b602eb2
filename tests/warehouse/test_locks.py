"""Who waits for whom: nothing can lock in opposite order, nobody waits for ever, and nothing is held while the outside world is asked."""

import json
import os
import signal
import sys
import time
from contextlib import closing
from random import Random
from threading import Barrier, Thread

import psutil
import psycopg
import pytest
from sqlalchemy import make_url, text

from signals.records import Commit
from tests.pipeline.conftest import NOW
from tests.pipeline.test_side_by_side import new_place, vendor, whole
from tests.warehouse.test_crashes import ended, forked
from tests.warehouse.vendor import START, WINDOWS, at_point, pull, records, seeds, tables
from warehouse import database
from warehouse.faults import Unavailable
from warehouse.forgetting import Leaving
from warehouse.progress import fresh
from warehouse.schema import facts
from warehouse.store import Store


def renaming(name, other):
    return Leaving(is_theirs=lambda _: False, unnamed=str, texts=lambda found: found.replace(name, other))


def commits(random):
    names = random.sample(range(400), 400)
    for name in names:
        yield Commit(native_id=f"r@{name}", repo="r", sha=str(name), author="ada", committed_at=WINDOWS[0].start, title=str(random.random()))


@pytest.mark.parametrize("seed", seeds(2, 100))
def test_whoever_locks_the_same_rows_in_another_order_waits_instead(warehouse_url, seed):
    """Landings, new services for every row, erasures, plans: with row locks alone PostgreSQL would end one of them as a deadlock."""
    barrier, faults = Barrier(4), []

    def working(number):
        random = Random(f"{seed}/{number}")
        with closing(Store.open(warehouse_url)) as store:
            rows = [
                {
                    "key": str(key),
                    "subject_kind": "near_miss",
                    "subject_key": "a",
                    "tracker": "t",
                    "code": "c",
                    "state": "planned",
                    "title": str(number),
                }
                for key in random.sample(range(200), 200)
            ]
            barrier.wait()
            try:
                for turn in range(3):
                    store.land("git", WINDOWS[0], commits(random), service_of=lambda _: "a", now=START)
                    store.remap(lambda _, turn=turn: f"{number}{turn}")
                    fresh(lambda: store.plan(rows, seen=store.seen()))
                    store.forget(renaming("ada", f"x{number}{turn}"), now=START)
            except Unavailable as fault:
                faults.append(str(fault))

    threads = [Thread(target=working, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert faults == []


def test_a_writer_that_waits_too_long_is_told_and_nothing_is_half_written(warehouse_url, monkeypatch):
    monkeypatch.setattr(database, "WAIT_SECONDS", 1)
    with closing(Store.open(warehouse_url)) as first, closing(Store.open(warehouse_url)) as second:
        with first.rewriting(), pytest.raises(Unavailable, match="lock"):
            second.land("git", WINDOWS[0], records(0, WINDOWS[0]), service_of=lambda _: "shop", now=START)
        assert len(second.read("pulls")) == 0
    pull(warehouse_url, 0)

    assert tables(warehouse_url)[1][0]


def test_a_process_that_stopped_inside_a_transaction_holds_nobody_up_for_long(postgres_url):
    with closing(Store.open(postgres_url)):
        pass

    def sleeper():
        database.SILENT_SECONDS = 2
        at_point(2, lambda: os.kill(os.getpid(), signal.SIGSTOP))
        with pytest.raises(Unavailable):
            pull(postgres_url, 0)

    pid = forked(sleeper)
    while psutil.Process(pid).status() != psutil.STATUS_STOPPED:
        time.sleep(0.01)
    pull(postgres_url, 0)  # the same source: it waits until the server has ended the sleeper's transaction
    before = tables(postgres_url)
    os.kill(pid, signal.SIGCONT)

    assert ended(pid) == 0
    assert tables(postgres_url) == before


@pytest.mark.parametrize("count", [1, 2])
def test_the_server_ends_an_idle_transaction_whatever_was_written_in_it(postgres_url, monkeypatch, count):
    monkeypatch.setattr(database, "SILENT_SECONDS", 1)
    rows = [{"key": str(number), "value": ""} for number in range(count)]

    def dawdle(store):
        with store.rewriting() as connection:
            connection.execute(facts.insert(), rows)
            time.sleep(2)
            connection.execute(text("SELECT 1"))

    with closing(Store.open(postgres_url)) as store, pytest.raises(Unavailable, match="idle-in-transaction"):
        dawdle(store)


def test_no_transaction_is_open_while_a_source_is_read_or_a_ticket_opened(tmp_path, postgres_url, monkeypatch):
    """The server is asked whenever this process opens a file of the source or of the tracker."""
    monkeypatch.setenv("SOUNDINGS_AS_OF", NOW.isoformat())
    place = new_place(tmp_path / "acme", postgres_url)
    vendor(place, 0)
    address = make_url(postgres_url).set(drivername="postgresql").render_as_string(hide_password=False)

    def watching():
        asked = {"records": 0, "prompts": 0, "open": 0}
        watch = psycopg.connect(address, autocommit=True)
        query = "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() AND xact_start IS NOT NULL"

        def listen(event, given):
            folder = next((name for name in ("records", "prompts") if f"/acme/{name}/" in str(given[0])), None) if event == "open" else None
            if folder:
                asked[folder] += 1
                asked["open"] += watch.execute(query).fetchone()[0]

        sys.addaudithook(listen)
        whole(place)
        (tmp_path / "asked.json").write_text(json.dumps(asked))

    assert ended(forked(watching)) == 0
    asked = json.loads((tmp_path / "asked.json").read_text())
    assert asked["open"] == 0
    assert asked["records"] >= 2
    assert asked["prompts"] >= 3


def slow(store):
    with store.reading() as connection:
        connection.execute(text("SELECT pg_sleep(5), CAST(:who AS text)"), {"who": "ada@acme.example"})


def test_what_nobody_reads_any_more_is_given_back_and_a_statement_timeout_is_told(postgres_url):
    with closing(Store.open(postgres_url)) as store:
        store.land("git", WINDOWS[0], records(0, WINDOWS[0]), service_of=lambda _: "shop", now=START)
        store.forget(renaming("ada", "erased"), now=START)
        assert set(store.read("commits")["author"].dropna()) <= {"erased", "bo"}
        with store.reading() as connection:
            connection.execute(text("ALTER ROLE CURRENT_USER IN DATABASE " + connection.engine.url.database + " SET statement_timeout = 50"))
        store.close()  # new connections know it
        with pytest.raises(Unavailable, match="statement timeout") as told:
            slow(store)

        assert "ada@acme" not in str(told.value)
        assert len(store.read("pulls")) == 1, "the next one works"
