"""A record as the row of its table, or the reason why it does not fit. Both databases take these rows as they are.

What fits: aware times from 1970 to 2100, whole numbers of 64 bits, lists of text. A NUL or half a surrogate pair in a text, which
PostgreSQL cannot hold, becomes U+FFFD: the record is kept, and its own form stays in `raw`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import UTC, datetime
from functools import cache
from operator import attrgetter, itemgetter
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from pipeline.signals import FIRST_YEAR, LAST_YEAR, RECORDS, Record
from warehouse.columns import instant_text, packed, texts_json
from warehouse.schema import ID_CHARACTERS, SIGNALS

Row = tuple[Any, ...]
Convert = Callable[[Any], Any]

TABLE_OF = {record: table for table, record in RECORDS.items()}
UNSTORABLE = re.compile("[\0\ud800-\udfff]")
INTEGER_BITS = 63
REASON_CHARACTERS = 500


def clean(text: str) -> str:
    """The text with U+FFFD where a database could not hold a character."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def reason_text(text: str) -> str:
    """A reason fit to be stored and read: one piece, not too long."""
    return clean(text)[:REASON_CHARACTERS]


def is_storable(text: str) -> bool:
    """Whether both databases hold every character."""
    return ("\0" not in text) if text.isascii() else UNSTORABLE.search(text) is None


def _instant(at: datetime) -> str:
    if at.tzinfo is UTC and FIRST_YEAR <= at.year <= LAST_YEAR:
        return at.isoformat(" ", "microseconds")  # instant_text without its checks: most times come this way
    if at.tzinfo is None:
        message = f"the time {at} has no zone: add it, like 2026-01-31T09:00:00Z"
        raise ValueError(message)
    if not FIRST_YEAR <= at.year <= LAST_YEAR:
        message = f"{at} lies outside {FIRST_YEAR} to {LAST_YEAR}: correct the time at the source"
        raise ValueError(message)
    return instant_text(at)


def _texts(texts: Sequence[Any]) -> str:
    if not texts:
        return "[]"
    try:
        joined = "".join(texts)
    except TypeError:
        message = "the list holds something that is not text"
        raise ValueError(message) from None
    return texts_json(texts if is_storable(joined) else [clean(text) for text in texts])


def _number(number: int) -> int:
    if number.bit_length() > INTEGER_BITS:
        message = "the number does not fit 64 bits"
        raise ValueError(message)
    return number


# What a field may hold, by its annotation: the Python type, its name for people, and how it is stored.
FORMS: dict[Any, tuple[type | tuple[type, ...], str, Convert | None]] = {
    str: (str, "text", None),
    datetime: (datetime, "a time", _instant),
    bool: (bool, "true or false", int),
    int: (int, "a whole number", _number),
    tuple: ((tuple, list), "a list of texts", _texts),
}


def _form(annotation: Any) -> tuple[Any, bool]:
    """The key of FORMS, and whether the field may be empty."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)] if isinstance(annotation, UnionType) else [annotation]
    return get_origin(kinds[0]) or kinds[0], isinstance(annotation, UnionType)


class Misfit(Exception):
    """A record does not fit its table; the message names field and remedy."""


class Fit:
    """Rows of one kind of record, in the order of `columns`. How each combination of types is stored is worked out once."""

    def __init__(self, kind: type[Record]) -> None:
        """Read the record's fields off its class, in the order of the table's columns."""
        self.table = SIGNALS[TABLE_OF[kind]]
        known = {field.name for field in fields(kind)}
        self.names = [column.name for column in self.table.columns if column.name in known and column.name != "raw"]
        hints = get_type_hints(kind)
        self.forms = [_form(hints[name]) for name in self.names]
        self.columns = ["service", "source", *self.names, "raw"]
        self._values = attrgetter(*self.names)
        self._plan = cache(self._planned)

    def _planned(self, *types: type) -> tuple[Callable[[Any], Any], list[tuple[int, Convert]]]:
        """Which values are text, and how the others are stored. Misfit where a type is not what the field holds."""
        texts, conversions = [], []
        for index, (kind, (form, is_optional)) in enumerate(zip(types, self.forms, strict=True)):
            expected, words, convert = FORMS[form]
            if kind is type(None) and is_optional:
                continue
            if not issubclass(kind, expected) or (kind is bool and form is int):
                found = "is empty" if kind is type(None) else f"is a {kind.__name__}"
                message = f"{self.names[index]} {found}, expected {words}: correct it at the source or in the connector"
                raise Misfit(message)
            if convert:
                conversions.append((index, convert))
            else:
                texts.append(index)
        return itemgetter(*texts, texts[0]), conversions

    def row(self, record: Record, service: str | None, source: str) -> Row:
        """The row, in the order of `columns`. Misfit names what does not fit."""
        values = self._values(record)
        texts, conversions = self._plan(*map(type, values))
        row = [service, source, *values, None]
        if not is_storable("".join(texts(values))):
            self._mend(record, row)
        index = 0
        try:
            for index, convert in conversions:
                row[index + 2] = convert(values[index])
        except ValueError as error:
            message = f"{self.names[index]}: {error}"
            raise Misfit(message) from None
        if not 0 < len(record.native_id) <= ID_CHARACTERS:
            message = f"native_id has {len(record.native_id)} characters, expected 1 to {ID_CHARACTERS}: name the record more shortly"
            raise Misfit(message)
        if record.raw is not None:
            row[-1] = packed(record.raw)
        return tuple(row)

    def _mend(self, record: Record, row: list[Any]) -> None:
        """Replace what a database cannot hold, and keep the record's own form."""
        if not is_storable(record.native_id):
            message = "native_id holds a character no database stores: correct it at the source"
            raise Misfit(message)
        row[:-1] = [clean(value) if isinstance(value, str) else value for value in row[:-1]]
        if record.raw is None:
            row[-1] = packed(fields_of(record))


def fields_of(record: Record) -> dict[str, Any]:
    """What the record says, for quarantine: the vendor's own form, or the record's fields where that is all there is."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name != "raw"}
