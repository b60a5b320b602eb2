import os
import signal
import time
import traceback
from collections import Counter
from datetime import UTC, datetime, timedelta
from random import Random

from signals.records import Commit
from signals.windows import Window
from warehouse.store import Store

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = [Window(START + hour * HOUR, START + (hour + 1) * HOUR) for hour in range(24)]
ROWS = 40


def commits(window):
    hour = int((window.start - START) / HOUR)
    for number in range(ROWS):
        yield Commit(native_id=f"{hour}@{number}", repo="r", sha=str(number), author=None, committed_at=window.start)


def pull(url, windows=WINDOWS):
    """Pull what the ledger does not cover yet, as a run would."""
    store = Store.open(url)
    for window in windows:
        if not any(known.start <= window.start and window.end <= known.end for known in store.covered("git")):
            landing = store.land("git", window, commits(window), service_of=lambda _: "shop", now=START)
            store.publish(landing.pull_id, START)
    store.engine.dispose()


def forked(work, *arguments):
    """The process that does the work; 0 is its exit status where it worked."""
    if pid := os.fork():
        return pid
    status = 1
    try:
        work(*arguments)
        status = 0
    except BaseException:  # noqa: BLE001 - whatever it was, it is shown
        traceback.print_exc()
    finally:
        os._exit(status)


def ended(pid):
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def opened_and_closed(url):
    Store.open(url).engine.dispose()


def test_no_kill_at_any_moment_loses_or_doubles_a_row(warehouse_url):
    random, kills = Random(3), 0
    store = Store.open(warehouse_url)
    for _ in range(25):
        store.engine.dispose()  # a child must not inherit a connection
        pid = forked(pull, warehouse_url)
        time.sleep(random.uniform(0.01, 0.15))
        os.kill(pid, signal.SIGKILL)
        kills += ended(pid) == -signal.SIGKILL
        with store.reading() as connection:
            found = connection.exec_driver_sql("SELECT native_id, landed_by FROM commits").all()
        per_window = Counter(name.split("@")[0] for name, _ in found)
        assert set(per_window.values()) <= {ROWS}, "a window is there whole or not at all"
    store.engine.dispose()

    assert ended(forked(pull, warehouse_url)) == 0
    assert kills
    assert store.covered("git") == [Window(WINDOWS[0].start, WINDOWS[-1].end)]
    assert sorted(store.read("commits").native_id) == sorted(commit.native_id for window in WINDOWS for commit in commits(window))
    ledger = store.read("pulls")
    assert (ledger.received == ledger.loaded + ledger.unchanged + ledger.quarantined).all()
    store.engine.dispose()


def test_two_that_pull_overlapping_windows_at_once_leave_every_row_once(warehouse_url):
    pids = [forked(pull, warehouse_url, WINDOWS), forked(pull, warehouse_url, list(reversed(WINDOWS)))]

    assert [ended(pid) for pid in pids] == [0, 0]
    store = Store.open(warehouse_url)
    assert len(store.read("commits")) == ROWS * len(WINDOWS)
    assert store.covered("git") == [Window(WINDOWS[0].start, WINDOWS[-1].end)]
    store.engine.dispose()


def test_several_may_open_a_new_warehouse_at_once(empty_url):
    pids = [forked(opened_and_closed, empty_url) for _ in range(4)]

    assert [ended(pid) for pid in pids] == [0] * 4


def test_a_pull_whose_commit_was_not_heard_of_is_simply_made_again(pulls, store, commit):
    pulls.land([commit(1), commit(2)])  # committed, but the process died before it knew
    again = pulls.publish([commit(1), commit(2)])

    assert (again.received, again.loaded) == (2, 2)
    assert sorted(store.read("commits").sha) == ["1", "2"]
    assert pulls.publish([commit(1), commit(2)]).loaded == 0


def test_a_process_killed_while_a_vendor_answers_has_written_nothing(warehouse_url):
    def endless():
        yield from commits(WINDOWS[0])
        time.sleep(60)

    def work():
        Store.open(warehouse_url).land("git", WINDOWS[0], endless(), service_of=lambda _: "shop", now=START)

    pid = forked(work)
    time.sleep(0.3)
    store = Store.open(warehouse_url)
    started = time.monotonic()
    store.remember("others", "write meanwhile")
    assert time.monotonic() - started < 10, "a pull that waits for its vendor holds nobody up"
    os.kill(pid, signal.SIGKILL)
    ended(pid)

    assert len(store.read("pulls")) == 0
    store.engine.dispose()
