"""Records as the columns of their table, or the reason why one does not fit. Both databases take these values as they are.

What fits: aware times from 1970 to 2100, whole numbers of 64 bits, lists of text. A NUL or half a surrogate pair in a text, which
PostgreSQL cannot hold, becomes U+FFFD: the record is kept, and its own form stays in `raw`.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import fields
from datetime import datetime
from itertools import chain
from json.encoder import encode_basestring
from typing import Any, get_type_hints

from signals.clock import FIRST_YEAR, LAST_YEAR
from signals.record import ID_CHARACTERS, Record
from signals.records import BESIDE
from warehouse.columns import instant_text, packed, texts_json
from warehouse.schema import SIGNALS
from warehouse.signal_tables import form

Row = tuple[Any, ...]
Column = Sequence[Any]
NATIVE_ID = 2  # its place in every row

UNSTORABLE = re.compile("[\0\ud800-\udfff]")
INTEGER_BITS = 63
REASON_CHARACTERS = 500
NO_IDENTITY = frozenset({"None", "null", "NULL", "nan", "NaN", "True", "False", "true", "false", "undefined"})  # what programs write for no value


def clean(text: str) -> str:
    """The text with U+FFFD where a database could not hold a character."""
    return UNSTORABLE.sub("\N{REPLACEMENT CHARACTER}", text)


def reason_text(text: str) -> str:
    """A reason fit to be stored and read: one piece, not too long."""
    reason = clean(text)
    return reason if len(reason) <= REASON_CHARACTERS else f"{reason[: REASON_CHARACTERS - 1]}…"


def is_storable(text: str) -> bool:
    """Whether both databases hold every character."""
    return ("\0" not in text) if text.isascii() else UNSTORABLE.search(text) is None


def _instants(values: Column) -> Column:
    if outside := [at for at in values if at is not None and not FIRST_YEAR <= at.year <= LAST_YEAR]:
        message = f"{outside[0]} lies outside {FIRST_YEAR} to {LAST_YEAR}: correct the time at the source"
        raise ValueError(message)
    return [None if at is None else instant_text(at) for at in values]


def _numbers(values: Column) -> Column:
    if any(number is not None and number.bit_length() > INTEGER_BITS for number in values):
        message = "the number does not fit 64 bits: correct it at the source"
        raise ValueError(message)
    return values


def _texts(values: Column) -> Column:
    return values if is_storable("".join(filter(None, values))) else [value and clean(value) for value in values]


def _lists(values: Column) -> Column:
    try:
        joined = "".join(chain.from_iterable(values))
    except TypeError:
        message = "the list holds something that is not text: correct it at the source or in the connector"
        raise ValueError(message) from None
    if not is_storable(joined):
        values = [[clean(text) for text in texts] for texts in values]
    if len(encode_basestring(joined)) > len(joined) + len('""'):
        return list(map(texts_json, values))
    return ['["' + '","'.join(texts) + '"]' if texts else "[]" for texts in values]  # there is nothing to escape in any of them


# What a field may hold, by its annotation: the Python type, its name for people, and how a column of them is stored.
FORMS: dict[Any, tuple[type | tuple[type, ...], str, Callable[[Column], Column]]] = {
    str: (str, "text", _texts),
    datetime: (datetime, "a time", _instants),
    bool: (bool, "true or false", tuple),
    int: (int, "a whole number", _numbers),
    tuple: ((tuple, list), "a list of texts", _lists),
}


class Misfit(Exception):
    """A record does not fit its table; the message names field and remedy."""


class Fit:
    """Columns of one kind of record, in the order of `names`: what a field holds is looked at once for many records."""

    def __init__(self, kind: type[Record]) -> None:
        """Read the record's fields off its class, in the order of the table's columns."""
        self.table = SIGNALS[kind.about.table]
        known = {field.name for field in fields(kind)}
        self.fields = [column.name for column in self.table.columns if column.name in known and column.name != "raw"]
        hints = get_type_hints(kind)
        self.forms = [form(hints[name]) for name in self.fields]
        self.names = ["service", "source", *self.fields, "raw"]
        self.changed_at = self.names.index("changed_at_source")
        # Written out for the interpreter, because it finds a field it knows by name in half the time.
        lists = ", ".join(f"[record.{name} for record in records]" for name in self.fields)
        self._values: Callable[[Sequence[Record]], list[Column]] = eval(f"lambda records: [{lists}]")  # noqa: S307 - names of our own class

    def columns(self, records: Sequence[Record], services: Sequence[str | None], source: str) -> list[Column]:
        """The records, a column for each of `names`. Misfit, and nothing at all, where one of them does not fit: it names what does not."""
        given = self._values(records)
        stored = [_stored(name, values, *form) for name, values, form in zip(self.fields, given, self.forms, strict=True)]
        raws = [None if record.raw is None else packed(record.raw) for record in records]
        for place in self._mended(given, stored):
            raws[place] = raws[place] or packed(fields_of(records[place]))
        return [_texts(services), [source] * len(records), *stored, raws]

    def _mended(self, given: Sequence[Column], stored: Sequence[Column]) -> set[int]:
        """The records with a text that could not be stored as it was."""
        changed = [
            pair for pair, (form, _) in zip(zip(given, stored, strict=True), self.forms, strict=True) if form is str and pair[0] is not pair[1]
        ]
        return {place for before, after in changed for place in range(len(before)) if before[place] != after[place]}


def _stored(name: str, values: Column, form: Any, is_optional: bool) -> Column:
    """A column's values as both databases take them."""
    expected, words, store = FORMS[form]
    for kind in set(map(type, values)) - ({type(None)} if is_optional else set()):
        if not issubclass(kind, expected) or (kind is bool and form is int):
            found = next(value for value in values if type(value) is kind)
            message = f"{name} is {_shown(found)}, expected {words}: correct it at the source or in the connector"
            raise Misfit(message)
    if name == "native_id":
        _check_identities(values)
    try:
        return store(values)
    except ValueError as error:
        message = f"{name}: {error}"
        raise Misfit(message) from None


def _shown(found: Any) -> str:
    """A value of the wrong form; of what holds more than one only the form, for it may hold anything."""
    if found is None:
        return "empty"
    return "an object" if isinstance(found, dict) else "a list" if isinstance(found, list | tuple) else f"{found!r:.80}"


def _check_identities(names: Sequence[str]) -> None:
    if nothing := NO_IDENTITY.intersection(names) or [name for name in names if name.isspace()]:
        message = (
            f"native_id is {next(iter(nothing))!r}, which stands for nothing: two such records would be taken for one; give the record its own id"
        )
        raise Misfit(message)
    for length in set(map(len, names)):
        if not 0 < length <= ID_CHARACTERS:
            message = f"native_id has {length} characters, expected 1 to {ID_CHARACTERS}: name the record more shortly"
            raise Misfit(message)
    if not is_storable("".join(names)):
        message = "native_id holds a character no database stores: correct it at the source"
        raise Misfit(message)


def fields_of(record: Record) -> dict[str, Any]:
    """What the record says, for quarantine: the vendor's own form, or the record's fields where that is all there is."""
    return {field.name: getattr(record, field.name) for field in fields(record) if field.name not in BESIDE}
