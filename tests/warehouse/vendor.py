"""A made-up vendor by seed, pulled window by window into a warehouse; and what the tables then hold."""

import os
import sys
import threading
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from random import Random

from sqlalchemy import select

from signals.pulled import Snapshot, Unfit
from signals.records import Commit, Shift
from signals.windows import Window
from warehouse.schema import SIGNALS, quarantine
from warehouse.store import Store

START = datetime(2026, 6, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
WINDOWS = [Window(START + hour * HOUR - HOUR / 2, START + (hour + 1) * HOUR) for hour in range(6)]  # each reads half an hour again
EACH = 60
OWN = {"landed_by", "pull_id", "id"}  # numbers of pulls


def seeds(few, full):
    """A few in the suite; as many as SOUNDINGS_SEEDS says, at most the full number (`make faults`)."""
    return range(min(full, int(os.environ.get("SOUNDINGS_SEEDS", few))))


def records(seed, window, size=0):
    """What the vendor knows of a window: always the same, in an order of its own each time it is asked."""
    found = []
    for hour in range(-1, len(WINDOWS)):
        random = Random(f"{seed}/{hour}")
        for number in range(EACH):
            at = START + hour * HOUR + random.random() * HOUR
            fields = {"repo": "shop", "sha": f"{hour}/{number}", "author": random.choice(["ada", "bo", None]), "committed_at": at, "scope": "shop"}
            title = random.randbytes(size // 2).hex() if size else f"Change {random.random()}"
            found.append(Commit(native_id=f"shop@{hour}/{number}", title=title, **fields))
            if not number % 20:
                found.append(Unfit("commits", "no time", {"at": None}, f"odd@{hour}/{number}"))
        fields = {"person": random.choice(["ada", "bo"]), "schedule": "rota", "scope": "rota"}
        found.append(Shift(native_id=f"{hour}", starts_at=START + hour * HOUR, ends_at=START + (hour + 1) * HOUR, **fields))
    seen = [record for record in found if isinstance(record, Unfit) or window.start <= at_of(record) < window.end]
    Random(f"{seed}/{window}/{time.monotonic_ns()}").shuffle(seen)
    yield from seen
    yield Snapshot(Shift, "rota", window)


def at_of(record):
    return record.committed_at if isinstance(record, Commit) else record.starts_at


def pull(url, seed, windows=WINDOWS, source="git", size=0):
    """Pull and publish what the ledger does not cover yet, as a run would."""
    with closing(Store.open(url)) as store:
        for window in windows:
            if not any(known.start <= window.start and window.end <= known.end for known in store.covered(source)):
                landing = store.land(source, window, records(seed, window, size), service_of=lambda _: "shop", now=START)
                store.publish(landing.pull_id, START)


def tables(url):
    """Every row of every signal and of quarantine, and the time that is covered."""
    with closing(Store.open(url)) as store, store.reading() as connection:
        found = {}
        for table in (*SIGNALS.values(), quarantine):
            columns = [column for column in table.columns if column.name not in OWN]
            found[table.name] = sorted(repr(tuple(row)) for row in connection.execute(select(*columns)))
        return found, [store.covered(source) for source in ("git", "hub")]


def at_point(nth, act, seconds=0.0, name="soundings."):
    """Do something when this process comes to its nth crash point (or so many seconds later, whatever it does then). For a process of its own."""
    left = [nth]

    def listen(event, _):
        if event.startswith(name):
            left[0] -= 1
            if not left[0]:
                threading.Timer(seconds, act).start() if seconds else act()

    sys.addaudithook(listen)


def dawdling(seed):
    """Let this process tarry at its crash points, so that two of them meet in another order for every seed."""
    random = Random(f"{seed}/{os.getpid() % 2}")

    def listen(event, _):
        if event.startswith("soundings."):
            time.sleep(random.choice([0, 0, random.random() / 50]))

    sys.addaudithook(listen)
