"""The database goes away, loses an answer, has no room: what is pulled again afterwards is what one undisturbed run makes."""

import os
import resource
from contextlib import closing
from random import Random

import pytest

from tests.warehouse.own_postgres import LosesAnswer, made
from tests.warehouse.test_crashes import ended, forked
from tests.warehouse.vendor import WINDOWS, at_point, pull, seeds, tables
from warehouse.faults import Unavailable
from warehouse.store import Store

POINTS = 7 * len(WINDOWS)  # crash points of a whole run: ledger line, batches, rows, written, committed, settled ... of each window
UNAVAILABLE = 75
BIG = 12_000  # characters of a title, so that a file grows


@pytest.fixture(scope="module")
def _own():
    with made() as server:
        yield server


@pytest.fixture
def own(_own):
    """The server of these tests, running."""
    return _own if _own.process.poll() is None else _own.restart()


@pytest.fixture
def serial(tmp_path):
    """The tables as one undisturbed run on SQLite makes them."""

    def made_by(seed, **options):
        url = f"sqlite:///{tmp_path / f'serial-{seed}.db'}"
        pull(url, seed, **options)
        return tables(url)

    return made_by


def pull_or_say(*given, **options):
    try:
        pull(*given, **options)
    except Unavailable:
        os._exit(UNAVAILABLE)


@pytest.mark.parametrize("seed", seeds(3, 20))
def test_a_server_killed_in_the_middle_loses_and_doubles_nothing(own, serial, seed):
    random = Random(seed)
    nth, seconds = random.randrange(1, POINTS - 2), random.choice([0, random.random() / 100])

    def work(url):
        at_point(nth, own.kill, seconds)
        pull_or_say(url, seed)

    with own.fresh(f"killed_{seed}") as url:
        with closing(Store.open(url)):
            pass  # its tables
        assert ended(forked(work, url)) == UNAVAILABLE
        own.restart()
        pull(url, seed)

        assert tables(url) == serial(seed)


@pytest.mark.parametrize("seed", seeds(3, 20))
def test_a_commit_whose_answer_is_lost_loses_and_doubles_nothing(own, serial, seed):
    with own.fresh(f"unheard_{seed}") as url, closing(LosesAnswer(own.port, nth=Random(seed).randrange(1, 3 * len(WINDOWS)))) as way:
        with closing(Store.open(url)):
            pass
        with pytest.raises(Unavailable) as said:
            pull(own.url(way.port, f"unheard_{seed}"), seed)
        assert way.is_lost
        pull(url, seed)

        assert tables(url) == serial(seed)
        assert "pass-word" not in str(said.value)
        assert str(way.port) in str(said.value)


@pytest.mark.parametrize("seed", seeds(1, 20))
def test_a_server_without_room_stops_the_pull_and_goes_on_when_there_is_some(own, serial, seed):
    with own.fresh(f"full_{seed}") as url:
        with closing(Store.open(url)):
            pass
        own.restart(files_up_to=Random(seed).randrange(1_200_000, 2_400_000))
        with pytest.raises(Unavailable, match="has room on its disk"):
            pull(url, seed, size=BIG)
        assert own.command("SELECT 1") == [(1,)], "the server went on"
        own.restart()
        pull(url, seed, size=BIG)

        assert tables(url) == serial(seed, size=BIG)


@pytest.mark.parametrize("seed", seeds(2, 20))
def test_a_full_disk_under_sqlite_stops_the_pull_and_the_file_opens_afterwards(tmp_path, serial, seed):
    url = f"sqlite:///{tmp_path / 'full.db'}"
    with closing(Store.open(url)):
        pass

    def work():
        resource.setrlimit(resource.RLIMIT_FSIZE, (Random(seed).randrange(500_000, 2_000_000), resource.RLIM_INFINITY))
        pull_or_say(url, seed, size=BIG)

    assert ended(forked(work)) == UNAVAILABLE
    with closing(Store.open(url)) as store, store.reading() as connection:
        assert connection.exec_driver_sql("PRAGMA integrity_check").scalar() == "ok"
        assert (store.read("pulls")["status"] == "published").all()
    pull(url, seed, size=BIG)

    assert tables(url) == serial(seed, size=BIG)
