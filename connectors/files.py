"""A folder of JSON lines or CSV: how history is brought in once, and how a tool nobody has a connector for takes part.

One or several files a table, named for it: `commits.jsonl`, `deploys-2026.csv`, `pages.csv.gz`. The fields are the table's columns
(docs/tables.md); `service` may be written for `scope`. A line that cannot be read, and a file named for no table, become an `Unfit` that
says where it is and what to write; hidden files are left alone. The whole folder is read at every pull and the rows of the window are
taken: `look_back` lets a file that is added or corrected within a year be seen by itself, older ones by `soundings pull --since`.
"""

import csv
import gzip
import io
import json
import re
import zlib
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import IO, Any

from connectors.columns import record_of
from connectors.errors import Busy, Garbled, Refused
from connectors.http import Api
from connectors.registry import Yields, source
from pipeline.signals import HAPPENED, RECORDS, Record, Review, Shift, Unfit, Window

AHEAD = timedelta(days=28)  # definitions, on-call inputs: shifts are known for the next 28 days
LONGEST_LINE = 1_000_000
_NAME = re.compile(rf"({'|'.join(RECORDS)}).*\.(jsonl|csv)(\.gz)?")

Row = dict[str, Any]


def _is_within(record: Record, happened: str | None, window: Window) -> bool:
    """Whether the window asks for it. People, and reviews without a date, belong to every window."""
    if isinstance(record, Shift):
        return record.starts_at < window.end + AHEAD and record.ends_at > window.start
    at: datetime | None = getattr(record, happened) if happened else None
    if isinstance(record, Review):
        at = record.held_at or record.changed_at_source
    return at is None or at in window


@contextmanager
def _opened(path: Path) -> Iterator[IO[bytes]]:
    """The file's bytes, unpacked.

    Raises Refused for a file we may not read, Garbled for a cut archive (it may still be being written), Busy for one that went away meanwhile.
    """
    try:
        with path.open("rb") as plain:
            yield io.BufferedReader(gzip.GzipFile(fileobj=plain)) if path.suffix == ".gz" else plain
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        message = f"{path.name}: the archive is cut or damaged ({error}); nothing of this pull is kept. Pack it again."
        raise Garbled(message) from error
    except PermissionError as error:
        message = f"{path.name}: this account may not read the file; give it read access"
        raise Refused(message) from error
    except OSError as error:
        message = f"{path.name}: cannot be read now ({error.strerror}); nothing of this pull is kept"
        raise Busy(message) from error


def _lines(file: IO[bytes]) -> Iterator[bytes]:
    """Each line; of one that is too long only its beginning, which is longer than `LONGEST_LINE`."""
    while line := file.readline(LONGEST_LINE + 1):
        yield line
        while len(line) > LONGEST_LINE and not line.endswith(b"\n"):
            line = file.readline(LONGEST_LINE + 1)


def _checked(line: bytes) -> bytes:
    if len(line) > LONGEST_LINE:
        message = f"the line is longer than {LONGEST_LINE} bytes; leave out what is not a column"
        raise ValueError(message)
    return line


def _once(pairs: list[tuple[str, Any]]) -> Row:
    row = dict(pairs)
    if len(row) != len(pairs):
        message = "a field is there twice; keep one"
        raise ValueError(message)
    return row


def _no_number(text: str) -> Any:
    message = f"{text} is no number of JSON; write null"
    raise ValueError(message)


_decode = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_no_number).decode


def _storable(text: str) -> str:
    """The text itself. Raises ValueError for characters no database takes (NUL, half of a surrogate pair) and for bytes that were not UTF-8."""
    if "\0" in text:
        message = f"there is a NUL character, or the line is longer than {LONGEST_LINE} bytes; take out what is not a column"
        raise ValueError(message)
    text.encode()
    return text


def _row_of_json(line: bytes) -> Row:
    text = _checked(line).decode("utf-8-sig")
    row = _decode(text)
    if not isinstance(row, dict):
        message = f"a {type(row).__name__} and no object; write one object a line"
        raise TypeError(message)
    if "\\u" in text:
        _storable("".join(json.JSONEncoder(ensure_ascii=False).iterencode(row)).replace("\\u0000", "\0"))
    return row


def _row_of_cells(header: list[str], cells: list[str] | csv.Error) -> Row:
    if isinstance(cells, csv.Error):
        message = f"{cells}; check the quotes"
        raise TypeError(message)
    _storable(",".join(cells))
    if len(cells) != len(header):
        message = f"{len(cells)} cells where the first line names {len(header)} columns; quote cells that hold commas"
        raise ValueError(message)
    return dict(zip(header, cells, strict=True))


def _cells(lines: Iterable[bytes]) -> Iterator[tuple[int, list[str] | csv.Error]]:
    """The number of the line each row begins on, and its cells, or why the reader could not make cells of it."""
    reader = csv.reader((line.decode("utf-8", "surrogateescape") if len(line) <= LONGEST_LINE else "\0" for line in lines), strict=True)
    while True:
        number = reader.line_num + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            yield number, error
        else:
            if cells:
                yield number, cells


def _rows(path: Path, file: IO[bytes]) -> tuple[Iterator[tuple[int, Any]], Callable[[Any], Row]]:
    """The numbered rows of a file as they lie there, and what makes a row of fields of one."""
    if ".csv" not in path.suffixes:
        return ((number, line) for number, line in enumerate(_lines(file), 1) if not line.isspace()), _row_of_json
    rows = _cells(_lines(file))
    _, header = next(rows, (1, []))
    if isinstance(header, csv.Error) or len(set(header)) != len(header):
        message = f"{path.name}: the first line must name each column once"
        raise Refused(message)
    return rows, partial(_row_of_cells, [cell.removeprefix("\ufeff").strip() for cell in header])


def _reason(error: Exception) -> str:
    if isinstance(error, UnicodeError):
        return "not UTF-8 text; save the file as UTF-8"
    if isinstance(error, RecursionError):
        return "nested too deep; write one flat object a line"
    return f"not JSON ({error})" if isinstance(error, json.JSONDecodeError) else str(error)


def _records(path: Path, kind: str, window: Window) -> Iterator[Record | Unfit]:
    """The records of one file that the window asks for, and every line that is none."""
    happened = HAPPENED.get(kind)
    with _opened(path) as file:
        rows, row_of = _rows(path, file)
        for number, raw in rows:
            row = None
            try:
                row = row_of(raw)
                record = record_of(kind, row)
            except (ValueError, TypeError, RecursionError) as error:
                text = raw[:LONGEST_LINE].decode("utf-8", "replace") if isinstance(raw, bytes) else raw
                name = row.get("native_id") if isinstance(row, dict) else None
                yield Unfit(kind, f"{path.name} line {number}: {_reason(error)}", text, name if isinstance(name, str) else None)
            else:
                if _is_within(record, happened, window):
                    yield record


@source("files", kinds=tuple(RECORDS), look_back=timedelta(days=365), history=None)
def pull(_api: Api | None, window: Window, *, path: str) -> Yields:
    """Every row of the folder whose own time lies in the window, file by file in the order of their names.

    Raises Refused where there is no such folder, Garbled for a cut archive: then nothing of the pull is kept.
    """
    folder = Path(path)
    if not folder.is_dir():
        message = f"{path} is no folder: set `path` of this source to the folder that holds commits*.jsonl, deploys*.csv and the like"
        raise Refused(message)
    for file in sorted(folder.iterdir()):
        named = _NAME.fullmatch(file.name)
        if file.name.startswith("."):
            continue
        if named and file.is_file():
            yield from _records(file, named[1], window)
        else:
            yield Unfit("files", f"{file.name}: not read. Name it for a table and its form, like {'*.csv, '.join(RECORDS)}*.jsonl", None, file.name)
