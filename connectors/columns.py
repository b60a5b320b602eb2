"""One row of a file (text cells or JSON values) in, one record out: the record's own annotations say how each column is read."""

import json
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from connectors.parse import instant
from pipeline.signals import RECORDS, Record

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_LARGEST = 2**31 - 1  # every count of ours fits a database integer
# What the warehouse adds by itself: a table that was written out can be read in again.
_OURS = frozenset({"source", "key", "service", "raw", "first_seen_at", "withdrawn_at"})
# Which column is the vendor's name of the service, where `scope` and `service` are left out.
_SCOPE = {"commits": "repo", "pull_requests": "repo", "shifts": "schedule"}


class Column(NamedTuple):
    """How one column is read: `default` stands in for an empty one, `is_required` refuses it."""

    name: str
    read: Callable[[Any], Any]
    default: Any
    is_required: bool
    example: str


def _text(found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise TypeError


def _count(found: Any) -> int:
    if isinstance(found, (bool, float)):
        raise TypeError
    number = int(found)
    if abs(number) > _LARGEST:
        raise ValueError
    return number


def _flag(found: Any) -> bool:
    return found if isinstance(found, bool) else _WORDS[str(found).strip().lower()]


def _names(found: Any) -> tuple[str, ...]:
    items = json.loads(found) if isinstance(found, str) and found.lstrip().startswith("[") else found
    if isinstance(items, list):
        return tuple(map(_text, items))
    separator = next((mark for mark in ";," if mark in items), None)
    return tuple(part.strip() for part in items.split(separator) if part.strip())


_READ: dict[Any, tuple[Callable[[Any], Any], str]] = {
    datetime: (instant, "an instant with its zone, like 2026-11-19T14:03:00Z"),
    str: (_text, "text"),
    int: (_count, "a whole number"),
    bool: (_flag, "true or false"),
    tuple[str, ...]: (_names, 'a list, like ["a", "b"] or a;b'),
}


@cache
def columns(kind: str) -> tuple[Column, ...]:
    """The columns of one table as a file may give them, read off the record's dataclass."""
    record = RECORDS[kind]
    hints = get_type_hints(record)
    found = []
    for field in fields(record):
        hint = hints[field.name]
        meaning = next((part for part in (hint, *get_args(hint)) if part in _READ), None)
        if meaning is None:  # raw: what no column takes
            continue
        read, example = _READ[meaning]
        has_none = field.default is MISSING
        found.append(Column(field.name, read, None if has_none else field.default, has_none and type(None) not in get_args(hint), example))
    return tuple(found)


@cache
def _known(kind: str) -> frozenset[str]:
    return _OURS | {column.name for column in columns(kind)}


def _named(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its scope and, for a commit, its identity filled in from the columns that hold them."""
    scope = row.get("scope") or row.get("service") or row.get(_SCOPE.get(kind, ""))
    if kind == "commits" and not row.get("native_id"):
        return {**row, "scope": scope, "native_id": f"{row.get('repo')}@{row.get('sha')}"}
    return {**row, "scope": scope}


def _remedy(kind: str, name: str, found: Any) -> str:
    example = next(column.example for column in columns(kind) if column.name == name)
    return f"{name} is {'missing' if found is None else f'{found!r:.80}'}; write {example}"


def record_of(kind: str, row: Mapping[str, Any]) -> Record:
    """The record one row gives. Columns nobody knows are kept in `raw`.

    Raises ValueError with the column, what was found there and what to write instead.
    """
    row = _named(kind, row)
    values: dict[str, Any] = {}
    name, found = "", None
    try:
        for name, read, default, is_required, _ in columns(kind):
            found = row.get(name)
            if found == "":
                found = None
            values[name] = default if found is None and not is_required else read(found)
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError):
        raise ValueError(_remedy(kind, name, found)) from None
    extra = row.keys() - _known(kind)
    if extra:
        values["raw"] = {key: row[key] for key in sorted(extra)}
    return RECORDS[kind](**values)
