"""One row of a file (text cells or JSON values) in, one record out: the record's own annotations say how each column is read."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import MISSING, fields
from datetime import datetime, tzinfo
from functools import cache
from typing import Any, NamedTuple, get_args, get_type_hints

from connectors.parse import Impossible
from connectors.times import written_time
from connectors.zones import zone_of
from signals.record import Record
from signals.records import RECORDS

_WORDS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_NO_ID = frozenset({"null", "none", "nan", "n/a", "undefined", "true", "false"})  # what programs write where there is no id
# What programs write for nothing in a cell that is no text; nobody means a time, a number or a list by it.
_NOTHING = frozenset({"null", "<null>", "(null)", "none", "nan", "nat", "n/a", "na", "nil", "undefined", "\\n", "-", "--", "–", "—"})
_WHOLE = re.compile(r"([+-]?\d+)(?:[.,]0+)?", re.ASCII)  # a table with an empty cell in it turns 2 into 2.0
_SHOWN, _LONGEST = 12, 40  # of their columns in a message, and letters of each
_LARGEST = 2**31 - 1  # every count of ours fits a database integer
# What the warehouse adds by itself: a table that was written out can be read in again.
_OURS = frozenset({"source", "key", "service", "raw", "first_seen_at", "withdrawn_at"})
# Which column is the vendor's name of the service, where `scope` and `service` are left out.
_SCOPE = {"commits": "repo", "pull_requests": "repo", "shifts": "schedule"}


class Column(NamedTuple):
    """How one column is read: `default` stands in for an empty one, `is_required` refuses it."""

    name: str
    read: Callable[..., Any]
    default: Any
    is_required: bool
    example: str


def _text(found: Any) -> str:
    if isinstance(found, str):
        return found
    if isinstance(found, int) and not isinstance(found, bool):
        return str(found)
    raise TypeError


def _zone_name(found: Any) -> str:
    """A zone as people and vendors write it. Impossible for what is none: its row is as good without."""
    if zone := zone_of(_text(found)):
        return zone
    raise Impossible('there is no such zone; write one like "Europe/Paris"')


def _count(found: Any) -> int:
    if isinstance(found, bool):
        raise TypeError
    number = int(_WHOLE.fullmatch(str(found).strip())[1])  # type: ignore[index]  # None is a TypeError, and told as one
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


_READ: dict[Any, tuple[Callable[..., Any], str]] = {
    datetime: (written_time, "an instant with its zone, like 2026-11-19T14:03:00Z"),
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
        read, example = (_zone_name, "a zone, like Europe/Paris") if field.name == "zone" else _READ[meaning]
        has_none = field.default is MISSING
        found.append(Column(field.name, read, None if has_none else field.default, has_none and type(None) not in get_args(hint), example))
    return tuple(found)


@cache
def known(kind: str) -> frozenset[str]:
    """What a file of this table may call its columns: the table's own, and those the warehouse adds."""
    return _OURS | {column.name for column in columns(kind)}


Theirs = Mapping[str, tuple[str, ...]]  # their name of a column, in small letters -> ours


def our_names(kind: str, theirs: Theirs, given: str) -> tuple[str, ...]:
    """The columns that a file means: by `theirs`, else the one that is the same but for case, blanks and hyphens, else as it is written."""
    plain = _plain(given)
    name = re.sub(r"[\s-]+", "_", plain.lower())
    if ours := tuple(one for one in theirs.get(plain.casefold(), ()) if one in known(kind)):
        return ours
    if name not in known(kind):
        return (plain,)
    return (f"{plain} (as it was)" if any(name in ours for ours in theirs.values()) else name,)  # another column takes its place


def names_of_header(kind: str, theirs: Theirs, given: Sequence[str]) -> list[tuple[str, ...]]:
    """The same for all names of a table. What it does not call as `theirs` say it may call as we do; a line of JSON may only have left it out."""
    there = {_plain(name).casefold() for name in given}
    used = {name: ours for name, ours in theirs.items() if name in there}
    return [our_names(kind, used, name) for name in given]


def _plain(given: str) -> str:
    return given.removeprefix("\ufeff").strip()


def _named(kind: str, row: Mapping[str, Any]) -> dict[str, Any]:
    """The row with its scope and, for a commit, its identity filled in from the columns that hold them."""
    scope = row.get("scope") or row.get("service") or row.get(_SCOPE.get(kind, ""))
    native_id = row.get("native_id")
    if isinstance(native_id, str) and not native_id.strip():
        native_id = None
    if kind == "commits" and native_id is None:
        native_id = f"{row.get('repo')}@{row.get('sha')}"  # each of the two is needed, and missed by its own name
    return {**row, "scope": scope, "native_id": native_id}


def _unnamed(kind: str, row: Mapping[str, Any], called: Mapping[str, str]) -> str | None:
    """What to say of a row that does not name what is needed: soundings.toml says that they call it otherwise, or can say so."""
    theirs = [repr(name[:_LONGEST]) for name in row if name not in known(kind)]
    needed = [column.name for column in columns(kind) if column.is_required and _named(kind, row).get(column.name) is None]
    if not needed or any(name in row for name in needed):
        return None
    if told := [f"{name} is {called[name]!r:.80}" for name in needed if name in called]:
        remedy = "call it so in the file, correct `columns`, or give the file a folder and a source of its own"
        return f"by `columns` of this source, {', '.join(told)}, and there is no such name here: {remedy}"
    if not theirs:
        return None
    shown = ", ".join(theirs[:_SHOWN]) + (f" and {len(theirs) - _SHOWN} more" if len(theirs) > _SHOWN else "")
    said = ", ".join(f'{name} = "…"' for name in needed)
    return f"there is no {', '.join(needed)}, but {shown}: if these are the same, write columns = {{{said}}} with their names under this source"


def _remedy(kind: str, name: str, found: Any, why: str) -> str:
    example = next(column.example for column in columns(kind) if column.name == name)
    return f"{name} is {'missing' if found is None else f'{found!r:.80}'}; {why or f'write {example}'}"


def record_of(kind: str, row: Mapping[str, Any], zone: tzinfo | None, where: str, called: Mapping[str, str]) -> Record:
    """The record one row gives, its naive times read in `zone`; times there cannot be are `left_out` where they may be.

    `called`: our columns -> their names, as a person wrote them.

    Columns nobody knows are kept in `raw`. Raises ValueError with the column, what was found there and what to write instead.
    """
    given, row = row, _named(kind, row)
    values: dict[str, Any] = {}
    left_out: list[tuple[str, str]] = []
    name, found = "", None
    try:
        for name, read, default, is_required, _ in columns(kind):
            found = row.get(name)
            if isinstance(found, str) and (not found.strip() or (read is not _text and found.strip().lower() in _NOTHING)):
                found = None
            try:
                values[name] = default if found is None and not is_required else read(found, zone) if read is written_time else read(found)
            except Impossible as impossible:
                if is_required:
                    raise
                values[name] = default
                left_out.append((name, f"{where}: {found!r:.80}: {impossible}"))
    except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
        why = str(error) if isinstance(error, ValueError) and name and read is written_time and found is not None else ""
        raise ValueError((found is None and _unnamed(kind, given, called)) or _remedy(kind, name, found, why)) from None
    if values["native_id"].rpartition("@")[2].strip().lower() in _NO_ID:
        message = f"native_id is {values['native_id']!r}, which programs write for none: two such rows would be one; write the id"
        raise ValueError(message)
    extra = row.keys() - known(kind)
    if extra:
        values["raw"] = {key: row[key] for key in sorted(extra)}
    return RECORDS[kind](**values, left_out=tuple(left_out))
