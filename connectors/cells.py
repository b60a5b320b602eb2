"""CSV as spreadsheets and databases write it: a row of named cells, whatever stands between them, and where in the file it begins.

The delimiter is the one that makes the most known columns of the first line, or where none is known the most columns, unless it is given; a first
line `sep=;` is Excel's way to give it.
"""

import csv
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import chain
from typing import Any

from connectors.errors import Refused

LONGEST_LINE = 1_000_000
DELIMITERS = ",;\t|"
_SEP = re.compile(r"\"?sep=([^\w\s\"]|\t)\"?\s*", re.IGNORECASE)

Row = dict[str, Any]
Header = Callable[[Sequence[str]], Sequence[tuple[str, ...]]]  # our names of each column, by what the first line calls them


def storable(text: str) -> str:
    """The text itself. Raises ValueError for characters no database takes (NUL, half of a surrogate pair) and for bytes that were not UTF-8."""
    if "\0" in text:
        message = f"there is a NUL character, or the line is longer than {LONGEST_LINE} bytes; take out what is not a column"
        raise ValueError(message)
    text.encode()
    return text


class Cells:
    """The rows of one CSV file, each with the number of the line it begins on."""

    def __init__(self, file: str, lines: Iterable[bytes], names_of: Header, known: Iterable[str], delimiter: str | None) -> None:
        """Read the first line. Refused, with the file and the line, where it does not name each column once."""
        texts = (line.decode("utf-8", "surrogateescape") if len(line) <= LONGEST_LINE else "\0" for line in lines)
        first = next(texts, "").removeprefix("\ufeff")
        self._line = 1
        if sep := _SEP.fullmatch(first):
            delimiter, first, self._line = delimiter or sep[1], next(texts, ""), 2
        names = frozenset(known)
        parted = {mark: names_of(_split(first, mark)) for mark in DELIMITERS}
        delimiter = delimiter or max(DELIMITERS, key=lambda mark: (len(names.intersection(chain.from_iterable(parted[mark]))), len(parted[mark])))
        self._reader = csv.reader(chain([first], texts), delimiter=delimiter, strict=True)
        header = self._named(file, names_of)
        self.names = [name for names in header for name in names if not name.startswith("column ")]
        self._width, self._places = len(header), [(name, place) for place, names in enumerate(header) for name in names]

    def _named(self, file: str, names_of: Header) -> list[tuple[str, ...]]:
        try:
            header = [tuple(map(storable, names)) for names in names_of(next(self._reader, []))]
        except (csv.Error, ValueError) as error:
            message = f"{file} line {self._line}: the first line must name the columns ({error}); check its quotes and save the file as UTF-8"
            raise Refused(message) from None
        header = [names if any(names) else (f"column {number}",) for number, names in enumerate(header, 1)]
        if twice := [name for name, count in Counter(chain.from_iterable(header)).items() if count > 1]:
            message = f"{file} line {self._line}: the first line must name each column once; {', '.join(twice)} is there twice: rename or remove one"
            raise Refused(message)
        return header

    def __iter__(self) -> Iterator[tuple[int, list[str] | csv.Error]]:
        """The number of the line each row begins on, and its cells, or why the reader could not make cells of it. Empty rows are none."""
        while True:
            number = self._line + self._reader.line_num
            try:
                cells = next(self._reader)
            except StopIteration:
                return
            except csv.Error as error:
                yield number, error
            else:
                if any(cells):
                    yield number, cells

    def row(self, cells: list[str] | csv.Error) -> Row:
        """The cells by their names. Raises TypeError or ValueError with what to mend."""
        if isinstance(cells, csv.Error):
            message = f"{cells}; check the quotes: what follows an open one is not read"
            raise TypeError(message)
        storable(",".join(cells))
        if len(cells) < self._width or any(cells[self._width :]):
            message = f"{len(cells)} cells where the first line names {self._width} columns; quote cells that hold the delimiter"
            raise ValueError(message)
        return {name: cells[place] for name, place in self._places if cells[place] or not name.startswith("column ")}


def _split(line: str, delimiter: str) -> list[str]:
    try:
        return next(csv.reader([line], delimiter=delimiter), [])
    except csv.Error:
        return []
