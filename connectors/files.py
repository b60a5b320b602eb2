"""A folder of JSON lines or CSV: how history is brought in once, and how a tool nobody has a connector for takes part.

One or several files a table, named for it: `commits.jsonl`, `deploys-2026.csv`, `pages.csv.gz`. The fields are the table's columns
(docs/tables.md), in any case and order; `service` may be written for `scope`. UTF-8, or UTF-16 with its mark. A line that cannot be read, and a file
named for no table, become an `Unfit` that says where it is and what to write; hidden files are left alone. The whole folder is read at every pull and
the rows of the window are taken; those outside of it are counted. That window is always all of the time from `since` (without it, from the beginning)
on: a file that is added or corrected later is seen by itself, however old what it tells is.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo
from difflib import get_close_matches
from functools import cache, partial
from pathlib import Path
from typing import IO, Annotated, Any, NoReturn

from connectors.cells import LONGEST_LINE, Cells, Row
from connectors.columns import Theirs, known, names_of_header, our_names, record_of
from connectors.columns import columns as columns_of
from connectors.errors import Busy, Garbled, Refused
from connectors.http import Api
from connectors.json_lines import row_of_json
from connectors.registry import Yields, source
from connectors.times import zone_named
from signals.pulled import Outside, Unfit
from signals.record import Record
from signals.records import HAPPENED, RECORDS, Review, Shift
from signals.windows import Window

AHEAD = timedelta(days=28)  # definitions, on-call inputs: shifts are known for the next 28 days
_PACKED, _SPREADSHEET = b"\x1f\x8b", b"PK\x03\x04"
_UTF_16 = (b"\xff\xfe", b"\xfe\xff")
NAME = re.compile(rf"({'|'.join(RECORDS)}).*\.(jsonl|csv)(\.gz)?")


def _beside(record: Record, happened: str | None, window: Window) -> datetime | None:
    """When a record is of that the window does not ask for, else None. People, and reviews without a date, belong to every window."""
    if isinstance(record, Shift):
        return None if record.starts_at < window.end + AHEAD and record.ends_at > window.start else record.starts_at
    at: datetime | None = getattr(record, happened) if happened else None
    if isinstance(record, Review):
        at = record.held_at or record.changed_at_source
    return None if at is None or at in window else at


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked where they are packed, whatever its name says.

    Raises Refused for a file we may not read, Busy for one that went away meanwhile, Garbled for an archive nothing is in yet.
    """
    try:
        with path.open("rb") as plain:
            start = plain.peek(4)
            if path.suffix == ".gz" and not start:
                raise Garbled(f"{path.name}: the archive is empty; nothing of this pull is kept. Pack it again.")
            if start.startswith(_SPREADSHEET):
                raise Refused(f"{path.name}: this is a spreadsheet or another packed file, whatever its name says; export it as CSV")
            yield io.BufferedReader(gzip.GzipFile(fileobj=plain)) if start.startswith(_PACKED) else plain
    except PermissionError as error:
        message = f"{path.name}: this account may not read the file; give it read access"
        raise Refused(message) from error
    except OSError as error:
        message = f"{path.name}: cannot be read now ({error.strerror}); nothing of this pull is kept"
        raise Busy(message) from error


def _lines(name: str, file: Any) -> Iterator[bytes]:
    """Each line; of one that is too long only its beginning, which is longer than `LONGEST_LINE`.

    Raises Garbled for a cut archive (it may still be being written), Refused for UTF-16 that is none.
    """
    number = 0
    try:
        text = io.TextIOWrapper(file, "utf-16", newline="\n") if file.peek(2)[:2] in _UTF_16 else None
        following: Callable[[], bytes] = lambda: text.readline(LONGEST_LINE + 1).encode() if text else file.readline(LONGEST_LINE + 1)  # noqa: E731
        while line := following():
            number += 1
            yield line
            while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
                line = following()
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{name}: the archive is cut or damaged after line {number} ({error}); nothing of this pull is kept. Pack it again."
        raise Garbled(message) from error
    except UnicodeDecodeError as error:
        message = f"{name}: what follows line {number} is not the UTF-16 text the file says it is; save it as UTF-8"
        raise Refused(message) from error


def _one_character(mark: str) -> None:
    if len(mark) != 1 or mark in '"\r\n':
        message = f'{mark!r} parts no cells: write one character, such as delimiter = ";"'
        raise Refused(message)


def _zone(name: str) -> tzinfo:
    if zone := zone_named(name):
        return zone
    message = f'there is no zone {name!r}: write `timezone` of this source as in timezone = "Europe/Paris"'
    raise Refused(message)


def _theirs(columns: Mapping[str, str]) -> Theirs:
    """Which of ours each of their columns stands for. Refused where a name on the left is no column of any table."""
    every = {column.name for kind in RECORDS for column in columns_of(kind)} | {"service"}
    if unknown := [name for name in columns if name not in every]:
        near = {name: get_close_matches(name, every, n=1) for name in unknown}
        said = (f"no table has a column {name!r}; {f'did you mean {near[name][0]}?' if near[name] else 'docs/tables.md lists them'}" for name in near)
        raise Refused(f"columns: {' '.join(said)}")
    named: dict[str, tuple[str, ...]] = {}
    for ours, theirs in columns.items():
        named[theirs.strip().casefold()] = (*named.get(theirs.strip().casefold(), ()), ours)
    return named


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "not UTF-8 text; save the file as UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deep; write one flat object a line"
    return f"not JSON ({error})" if isinstance(error, json.JSONDecodeError) else str(error)


@dataclass(frozen=True)
class _Reader:
    """Reads files of the folder in the same way, for one window."""

    window: Window
    columns: Mapping[str, str]
    theirs: Theirs
    delimiter: str | None
    zone: tzinfo | None

    def records(self, path: Path, kind: str) -> Yields:
        """The records of one file that the window asks for, every line that is none, and in the end how many there are of other times."""
        happened, outside = HAPPENED.get(kind), Outside(kind, 0, 0)
        for number, raw, row in self._rows(path, kind):
            where = f"{path.name} line {number}"
            try:
                record = record_of(kind, row, self.zone, where, self.columns) if not isinstance(row, Exception) else _raised(row)
            except (ValueError, TypeError, RecursionError) as error:
                yield _unfit(kind, where, raw, error, row)
                continue
            if at := _beside(record, happened, self.window):
                outside = _counted(outside, at, where, self.window)
            else:
                yield record
        if outside.earlier or outside.later:
            yield outside

    def _rows(self, path: Path, kind: str) -> Iterator[tuple[int, Any, Row | Exception]]:
        """The number of each row, how it lies in the file, and its fields or why there are none."""
        with _opened(path) as file:
            rows: Iterator[tuple[int, Any]]
            cells: Cells | None = None
            if ".csv" in path.suffixes:
                names_of = partial(names_of_header, kind, self.theirs)
                rows = iter(cells := Cells(path.name, _lines(path.name, file), names_of, known(kind), self.delimiter))
                row_of: Callable[[Any], Row] = cells.row
            else:
                rows, row_of = (
                    ((number, line) for number, line in enumerate(_lines(path.name, file), 1) if not line.isspace()),
                    partial(row_of_json, cache(partial(our_names, kind, self.theirs))),
                )
            number = 0
            for number, raw in rows:
                try:
                    row = row_of(raw)
                except (ValueError, TypeError, RecursionError) as error:
                    yield number, raw, error
                else:
                    yield number, raw, row
            if cells and cells.names and not number and known(kind).isdisjoint(cells.names):
                yield 1, ", ".join(cells.names), ValueError(f"it names no column of {kind}, and nothing follows: is it what was to be exported?")


def _raised(error: Exception) -> NoReturn:
    raise error


def _counted(outside: Outside, at: datetime, where: str, window: Window) -> Outside:
    """One more record that is of another time."""
    if at < window.start:
        return replace(outside, earlier=outside.earlier + 1)
    if outside.last_at is not None and at <= outside.last_at:
        return replace(outside, later=outside.later + 1)
    return replace(outside, later=outside.later + 1, last_at=at, where=where)


def _unfit(kind: str, where: str, raw: Any, error: Exception, row: Any) -> Unfit:
    name = row.get("native_id") if isinstance(row, dict) else None
    text = raw[:LONGEST_LINE].decode("utf-8", "replace") if isinstance(raw, bytes) else str(raw) if isinstance(raw, csv.Error) else raw
    return Unfit(kind, f"{where}: {_reason(error)}", text, name if isinstance(name, str) else None)


def _nothing_there(_api: Api | None, *, path: str, **_others: Any) -> Iterator[tuple[str, str]]:
    """That no file is named for a table, which a pull that found no record cannot say."""
    if not any(NAME.fullmatch(file.name) for file in Path(path).iterdir()):
        yield f"no file in {path} is named for a table", f"Name them like {'*.csv, '.join(RECORDS)}*.jsonl, or correct `path`."


@source("files", kinds=tuple(RECORDS), look_back=None, history=None, advice=_nothing_there)
def pull(
    _api: Api | None,
    window: Window,
    *,
    path: str,
    columns: Annotated[Mapping[str, str], _theirs] | None = None,
    delimiter: Annotated[str, _one_character] | None = None,
    timezone: Annotated[str, _zone] | None = None,
) -> Yields:
    """Every row of the folder whose own time lies in the window, file by file in the order of their names.

    `columns = {native_id = "Incident ID"}` says what files call a column of ours (one of theirs may stand for several of ours); a table that has no
    such column may call it as we do. `delimiter` is found by itself where it is one of , ; | and tab; a time without a zone is one of `timezone`, and
    refused where there is none. Raises Refused where there is no such folder, Garbled for a cut archive: then nothing of the pull is kept.
    """
    folder = Path(path)
    if not folder.is_dir():
        message = f"{path} is no folder: set `path` of this source to the folder that holds commits*.jsonl, deploys*.csv and the like"
        raise Refused(message)
    if delimiter is not None:
        _one_character(delimiter)
    reader = _Reader(window, columns or {}, _theirs(columns or {}), delimiter, _zone(timezone) if timezone else None)
    for file in sorted(folder.iterdir()):
        named = NAME.fullmatch(file.name)
        if file.name.startswith("."):
            continue
        if named and file.is_file():
            yield from reader.records(file, named[1])
        else:
            yield Unfit("files", f"{file.name}: not read. Name it for a table and its form, like {'*.csv, '.join(RECORDS)}*.jsonl", None, file.name)
