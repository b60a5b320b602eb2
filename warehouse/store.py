"""The warehouse as everybody else sees it: land, merge, read. Each method is one transaction."""

import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, contextmanager
from datetime import datetime
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from sqlalchemy import Connection, Engine, delete, func, select

from signals.pulled import Outside, Snapshot, Unfit
from signals.record import Record
from signals.windows import Window
from warehouse import forgetting, frames, ledger, merging, outbox, progress
from warehouse.database import compact, engine_of, migrate
from warehouse.faults import faults_named
from warehouse.fitting import clean
from warehouse.forgetting import Counts, Leaving
from warehouse.intake import Received, Spool
from warehouse.landing import Answers, Landing, landed
from warehouse.loading import insert
from warehouse.merging import Merged
from warehouse.progress import Seen
from warehouse.remapping import remapped
from warehouse.schema import etags, facts, metadata, severities

if TYPE_CHECKING:
    from pandas import DataFrame

ALL: Mapping[str, Any] = MappingProxyType({})


class Store:
    """The warehouse behind one URL."""

    def __init__(self, engine: Engine) -> None:
        """Take an engine whose tables are of the newest form; `open` makes one."""
        self.engine = engine

    @classmethod
    def open(cls, url: str) -> "Store":
        """The warehouse at sqlite:///FILE or postgresql+psycopg://…, its tables brought to the newest form. Unavailable if it cannot be."""
        engine = engine_of(url)
        with faults_named(engine.url):
            migrate(engine)
        return cls(engine)

    def close(self) -> None:
        """Give the connections back."""
        self.engine.dispose()

    def reading(self) -> AbstractContextManager[Connection]:
        """A transaction that only reads. Unavailable where the database cannot be used."""
        return self._transaction(None)

    def writing(self) -> AbstractContextManager[Connection]:
        """A transaction that writes, and on SQLite waits for its turn at once."""
        return self._transaction("beside")

    def rewriting(self) -> AbstractContextManager[Connection]:
        """A transaction that changes rows of every source, and waits until nobody else writes."""
        return self._transaction("alone")

    @contextmanager
    def _transaction(self, writer: str | None) -> Iterator[Connection]:
        with faults_named(self.engine.url), self.engine.execution_options(writer=writer).begin() as connection:
            yield connection

    def land(
        self,
        source: str,
        window: Window,
        records: Iterable[Record | Unfit | Snapshot | Outside],
        *,
        service_of: Callable[[Record], str | None],
        now: datetime,
        degraded: Callable[[], Mapping[str, str]] = dict,
        degraded_status: Callable[[], Mapping[str, int]] = dict,
        etags: Callable[[], Mapping[str, str]] = dict,
        requests: Callable[[], int] = int,
        read_after: int | None = None,
        reading: str | None = None,
    ) -> Landing:
        """Read the records to their end, then commit rows, quarantine, withdrawals and the ledger line together.

        What `records` raises passes through, and nothing is written. `degraded` (scope -> reason), `degraded_status` (scope -> HTTP
        status), `etags` (hash of the address -> etag) and `requests` are asked once the records have been read. `reading`: a hash of what says what
        is read; windows that were read in another way count no longer as covered for it. The rows are published by `publish`.
        Overtaken where a pull later than number `read_after` has landed any of the window meanwhile.
        """
        with closing(Spool()) as spool:
            received = Received(source, service_of, spool)
            received.take(records)
            answers = Answers(degraded(), degraded_status(), etags(), requests(), reading)
            sys.audit("soundings.land.read")
            with self.writing() as connection:
                landing = landed(connection, received, window, answers, now, read_after=read_after)
            sys.audit("soundings.land.committed")
            return landing

    def newest_landing(self, source: str) -> int:
        """Number of the last pull of the source that landed, to be asked before its vendor is."""
        with self.reading() as connection:
            return ledger.newest_landing(connection, source)

    def fail(self, source: str, window: Window, reason: str, now: datetime, *, reading: str | None = None, **values: Any) -> None:
        """Note in the ledger that the window could not be read, unless it is covered already. `values`: failure, http_status, remedy."""
        with self.writing() as connection:
            ledger.note_failure(connection, source, window, {"detail": clean(reason), **values}, now, reading=reading)

    def covered(self, source: str, reading: str | None = None) -> list[Window]:
        """The time that published (also degraded) pulls cover, as few windows as possible, in order; since it is read so, where that is given."""
        with self.reading() as connection:
            return ledger.covered_windows(connection, source, reading)

    def publish(self, pull_id: int, now: datetime, findings: Iterable[Mapping[str, Any]] = ()) -> None:
        """The pull passed its check: its rows are read from now on, its window is covered. `findings` are rows of `checks`."""
        with self.writing() as connection:
            ledger.settle(connection, pull_id, findings=findings, now=now)
            sys.audit("soundings.publish.settled")
        sys.audit("soundings.publish.committed")

    def hold(self, pull_id: int, reason: str, now: datetime, findings: Iterable[Mapping[str, Any]] = (), *, failure: str = "held") -> None:
        """The pull did not pass (held), or could not be checked (broken): nobody reads its rows, and its window is asked for again."""
        with self.writing() as connection:
            ledger.settle(connection, pull_id, status="held", findings=findings, failure=failure, detail=clean(reason), now=now)

    def read(
        self,
        table: str,
        columns: Sequence[str] | None = None,
        *,
        without: Collection[str] = (),
        where: Mapping[str, Any] = ALL,
        since: datetime | None = None,
        until: datetime | None = None,
        is_withdrawn_too: bool = False,
    ) -> "DataFrame":
        """Published rows in the order of their key; the columns named, else all but `raw` and those it shall do `without`.

        `where` maps a column to a value or to several (None: empty). `since` and `until` choose rows that were going on then.
        """
        query = frames.selection(metadata.tables[table], columns, where, without=without, since=since, until=until, is_withdrawn_too=is_withdrawn_too)
        with self.reading() as connection:
            return frames.frame(connection, query)

    def rows(self, table: str, columns: Sequence[str] | None = None, *, where: Mapping[str, Any] = ALL) -> list[dict[str, Any]]:
        """The same rows as mappings of plain Python values: for a handful of which each is gone through by itself."""
        with self.reading() as connection:
            return [dict(row) for row in connection.execute(frames.selection(metadata.tables[table], columns, where)).mappings()]

    def slice(self, pull_id: int, table: str, columns: Sequence[str]) -> "Iterator[DataFrame]":
        """These columns of what landed in a pull and is still there, checked or not, some rows at a time in the order of their key."""
        with self.reading() as connection:
            yield from frames.parts(connection, frames.landed_rows(metadata.tables[table], pull_id, columns))

    def seen(self) -> Seen:
        """How far the warehouse is, to be asked before anything is read to be worked on."""
        with self.reading() as connection:
            return progress.seen(connection)

    def merge(
        self,
        table: str,
        rows: "DataFrame | Iterable[Mapping[str, Any]]",
        *,
        now: datetime,
        withdraw_missing: bool = True,
        seen: Seen | None = None,
    ) -> Merged:
        """Put derived rows beside the earlier ones, by key: new, changed, unchanged, and (unless told not to) withdrawn where missing.

        Columns the rows do not have stay as they are. `first_seen_at` and `withdrawn_at` are kept here.
        Overtaken where somebody who had seen more than `seen` has merged meanwhile.
        """
        plain = frames.rows_of(rows)
        with self.rewriting() as connection:
            if seen:
                progress.hold(connection, seen, is_derived=True)
            merged = merging.merged(connection, metadata.tables[table], plain, now, withdraw_missing=withdraw_missing)
            sys.audit("soundings.merge.written")
        sys.audit("soundings.merge.committed")
        return merged

    def add(self, table: str, rows: "DataFrame | Iterable[Mapping[str, Any]]") -> int:
        """How many rows were new; rows whose key is known stay untouched."""
        plain = frames.rows_of(rows)
        with self.rewriting() as connection:
            return merging.added(connection, metadata.tables[table], plain)

    def plan(self, rows: Iterable[Mapping[str, Any]], *, seen: Seen) -> None:
        """Put what is to be asked into the outbox; what was sent already stays as it is. Overtaken as in `merge`."""
        with self.rewriting() as connection:
            progress.hold(connection, seen, is_derived=False)
            outbox.planned(connection, rows)

    def try_again(self) -> int:
        """How many prompts that a tracker did not take are to be planned anew."""
        with self.rewriting() as connection:
            return outbox.brought_back(connection)

    def claim(self, key: str, owner: str, lease_seconds: float, from_states: Iterable[str]) -> bool:
        """Whether the prompt is now the owner's until the lease runs out, by the database's clock."""
        with self.writing() as connection:
            return outbox.claimed(connection, key, owner, lease_seconds, from_states)

    def set(self, key: str, expected_owner: str | None, **columns: Any) -> bool:
        """Whether the prompt's columns were written: only while its lease is the expected owner's (None: nobody's)."""
        with self.writing() as connection:
            return outbox.written(connection, key, expected_owner, columns)

    def clock(self) -> datetime:
        """The database's own time."""
        with self.reading() as connection:
            return outbox.clock(connection)

    def remap(self, service_of: Callable[[Record], str | None]) -> int:
        """How many rows belong to another service now that [services] has changed."""
        with self.rewriting() as connection:
            progress.note_rewritten(connection)
            return remapped(connection, service_of)

    def forget(self, leaving: Leaving, *, now: datetime) -> Counts:
        """What was changed, by table. The file keeps no copy of what was there: it is written anew where it is SQLite's."""
        with self.rewriting() as connection:
            progress.note_rewritten(connection)
            counts = forgetting.forgotten(connection, leaving, now)
        with faults_named(self.engine.url):
            compact(self.engine)
        return counts

    def rank_severities(self, ranks: Mapping[str, int]) -> None:
        """Take over the severity map (a vendor's word -> rank, 1 the most severe); the view `signals` follows at once."""
        with self.rewriting() as connection:
            connection.execute(delete(severities))
            for word, rank in ranks.items():
                insertion = insert(connection, severities).values(word=func.upper(word.strip()), rank=rank)
                connection.execute(insertion.on_conflict_do_update(index_elements=["word"], set_={"rank": rank}))

    def etags(self, source: str) -> dict[str, str]:
        """What the vendor called its last answers, by the hash of the address."""
        with self.reading() as connection:
            chosen = select(etags.c.url_hash, etags.c.etag).where(etags.c.source == source)
            return {row.url_hash: row.etag for row in connection.execute(chosen)}

    def fact(self, key: str) -> str | None:
        """Something remembered between runs."""
        with self.reading() as connection:
            return connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar_one_or_none()

    def kept(self, key: str, value: str) -> str:
        """What was remembered first: this value, unless there is one already."""
        with self.writing() as connection:
            connection.execute(insert(connection, facts).values(key=key, value=value).on_conflict_do_nothing(index_elements=["key"]))
            return str(connection.execute(select(facts.c.value).where(facts.c.key == key)).scalar_one())

    def remember(self, key: str, value: str) -> None:
        """Remember it."""
        with self.writing() as connection:
            insertion = insert(connection, facts).values(key=key, value=value)
            connection.execute(insertion.on_conflict_do_update(index_elements=["key"], set_={"value": value}))
