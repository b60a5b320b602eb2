"""What a pull yields, read to its end and fitted before a transaction begins: memory stays flat and nobody waits for a vendor's answer."""

import marshal
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from itertools import islice
from typing import IO, Any

from signals.pulled import Outside, Snapshot, Unfit
from signals.record import Record
from warehouse.columns import packed, raw_json
from warehouse.fitting import Column, Fit, Misfit, clean, fields_of, reason_text

BATCH = 10_000
TOGETHER = 500  # records are made columns together: few enough to be held as they are
IN_MEMORY = 5  # batches: some 50 MiB
FINGERPRINT_CHARACTERS = 32
QUARANTINE = "quarantine"


UNREAD = "it could not be read: `soundings quarantine` says why, and what to do"


def unread(some: Iterable[Unfit]) -> dict[str, str]:
    """The scopes among what was set aside, with where the reason is: that stands in quarantine, once."""
    return {clean(str(one.native_id)): UNREAD for one in some if one.is_scope}


class Spool:
    """Batches of columns, kept outside memory while a pull is read, so that no write lock is held meanwhile and memory stays flat."""

    def __init__(self) -> None:
        """An unnamed file: it vanishes with the process."""
        self._file: IO[bytes] = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
        self._sizes: list[int] = []
        self._kept: deque[tuple[str, list[list[Any]]]] = deque()

    def add(self, table: str, columns: list[list[Any]]) -> None:
        """Keep one batch. The newest few stay in memory: most pulls have no more."""
        self._kept.append((table, columns))
        if len(self._kept) > IN_MEMORY:
            self._sizes.append(self._file.write(marshal.dumps(self._kept.popleft())))

    def batches(self) -> Iterator[tuple[str, list[list[Any]]]]:
        """Every batch, in order."""
        self._file.seek(0)
        for size in self._sizes:
            yield marshal.loads(self._file.read(size))  # noqa: S302 - our own unnamed file
        yield from self._kept

    def close(self) -> None:
        """Give the space back."""
        self._file.close()


@dataclass(slots=True)
class Received:
    """What a pull yielded, ready to be written."""

    source: str
    service_of: Callable[[Record], str | None]
    spool: Spool
    count: int = 0
    snapshots: list[Snapshot] = field(default_factory=list)
    outside: list[Outside] = field(default_factory=list)
    left_out: dict[tuple[str, str], tuple[int, str]] = field(default_factory=dict)  # table and field -> how many, and the first with its reason
    unread: dict[str, str] = field(default_factory=dict)  # scopes that were set aside as a whole, as the ledger tells them
    quarantined: int = 0
    unreadable: set[str] = field(default_factory=set)  # tables with a record that could not be taken
    fits: dict[str, Fit] = field(default_factory=dict)
    _open: dict[str, list[list[Any]]] = field(default_factory=dict)

    def take(self, records: Iterable[Record | Unfit | Snapshot | Outside]) -> None:
        """Read everything the pull yields. What it raises passes through: nothing has been written then."""
        pulled = iter(records)
        while some := list(islice(pulled, TOGETHER)):
            for kind in dict.fromkeys(map(type, some)):
                alike: list[Any] = [record for record in some if type(record) is kind]
                if kind is Unfit:
                    for unfit in alike:
                        self._set_aside(unfit.kind, unfit.native_id, unfit.reason, unfit.raw)
                    self.unread |= unread(alike)
                elif kind is Snapshot:
                    self.snapshots.extend(alike)
                elif kind is Outside:
                    self.outside.extend(alike)
                else:
                    self._note_left_out(alike)
                    self._take(alike)
        for table, columns in self._open.items():
            self.spool.add(table, columns)

    def _take(self, records: Sequence[Record]) -> None:
        """Fit records of one kind together; where one does not fit, each half by itself, until it stands alone."""
        table = records[0].about.table
        if table not in self.fits:
            self.fits[table] = Fit(type(records[0]))
        try:
            columns = self.fits[table].columns(records, list(map(self.service_of, records)), self.source)
        except Misfit as reason:
            if len(records) > 1:
                middle = len(records) // 2
                self._take(records[:middle])
                self._take(records[middle:])
            else:
                only = records[0]
                self._set_aside(table, only.native_id, str(reason), only.raw if only.raw is not None else fields_of(only))
            return
        self._keep(table, columns)

    def _note_left_out(self, records: Sequence[Record]) -> None:
        for record in records:
            for name, why in record.left_out:
                count, first = self.left_out.get((record.about.table, name), (0, why))
                self.left_out[record.about.table, name] = count + 1, first

    def _set_aside(self, table: str, native_id: Any, reason: str, raw: Any) -> None:
        self.unreadable.add(table)
        identity = None if native_id is None else clean(str(native_id))
        fingerprint = sha256(f"{identity}\0".encode() + raw_json(raw)).hexdigest()[:FINGERPRINT_CHARACTERS]
        self._keep(QUARANTINE, [(value,) for value in (clean(table), identity, reason_text(reason), packed(raw), fingerprint)])
        self.quarantined += 1

    def _keep(self, table: str, columns: list[Column]) -> None:
        self.count += len(columns[0])
        batch = self._open.setdefault(table, [[] for _ in columns])
        for column, more in zip(batch, columns, strict=True):
            column.extend(more)
        if len(batch[0]) >= BATCH:
            self.spool.add(table, self._open.pop(table))
