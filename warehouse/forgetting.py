"""Taking people out of every table: where a row names one of them they go; that something happened stays."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, Text, delete, exists, func, select, update

from signals.record import OWN
from signals.records import PEOPLE, RECORDS
from warehouse.columns import Json, Raw, Texts
from warehouse.schema import etags, facts, metadata, quarantine, severities, stretches

CHUNK = 1_000
ERASED = "erased"
NOBODYS = (etags, facts, severities)  # tables that hold no vendor's text
OURS = ("source", "tracker")  # names out of soundings.toml
DERIVED = {stretches.name: {"person": OWN}}
NAMED_AFTER = ("native_id", "url")  # where a connector writes whose record it is

Scrub = Callable[[str], str]  # a text -> the same with `erased` in place of a name
Counts = dict[str, Counter[str]]  # table -> how often each of its columns names somebody; `rows` in all


@dataclass(frozen=True, slots=True)
class Leaving:
    """Who leaves, asked value by value, so that no name is kept here.

    `is_theirs`: whether an identity is one of theirs. `texts`: any text without the names that are looked for in texts, too. `unnamed`: what a
    machine wrote, without those and without their identities.
    """

    is_theirs: Callable[[str], bool]
    unnamed: Scrub
    texts: Scrub

    def changes(self, values: Mapping[str, Any], people: Mapping[str, str]) -> dict[str, Any]:
        """What becomes of a row's or record's values. `people`: the columns that hold identities, as in `signals.records.PEOPLE`.

        An identity is looked for in those alone, and in the `raw` form, which goes as a whole.
        """
        new = {name: self._without(values[name]) for name in people}
        is_own = any(new[name] != values[name] for name, whose in people.items() if whose == OWN)
        for name, value in values.items():
            if name != "raw":
                new[name] = _deep(new.get(name, value), self.unnamed if is_own and name in NAMED_AFTER else self.texts)
        changes = {name: value for name, value in new.items() if value != values[name]}
        raw = values.get("raw")
        return changes | ({"raw": None} if raw is not None and (changes or any(map(self._is_named, _texts(raw)))) else {})

    def _without(self, value: Any) -> Any:
        if isinstance(value, (list, tuple)):
            return type(value)(map(self._without, value))
        return ERASED if isinstance(value, str) and self.is_theirs(value) else value

    def _is_named(self, text: str) -> bool:
        return self.is_theirs(text) or self.unnamed(text) != text


def people_of(kind: str, *, is_unfit: bool = False) -> Mapping[str, str]:
    """The columns of a table that hold identities; of a record in quarantine only its `native_id` is one."""
    known = PEOPLE.get(kind, {}) | DERIVED.get(kind, {})
    return {name: whose for name, whose in known.items() if name == "native_id"} if is_unfit else known


def identities(connection: Connection) -> Counter[str]:
    """Every identity that stands in a column of identities, and in how many rows."""
    found = Counter[str]()
    columns = [metadata.tables[table].c[name] for table in (*RECORDS, *DERIVED) for name in people_of(table)]
    for column in columns:
        for value, count in connection.execute(select(column, func.count()).where(column.is_not(None)).group_by(column)):
            found.update(dict.fromkeys(value, count) if isinstance(column.type, Texts) else {value: count})
    found.pop(ERASED, None)
    return found


def named(connection: Connection, leaving: Leaving) -> Counts:
    """How many rows, and which of their columns, `forgotten` would change."""
    return {table.name: counts for table in _tables() if (counts := _counted(new for _, new in _changes(connection, table, leaving)))}


def forgotten(connection: Connection, leaving: Leaving, now: datetime) -> Counts:
    """Take them out, a stretch of theirs being withdrawn. The same counts: what was changed."""
    found: Counts = {}
    for table in _tables():
        changes = list(_changes(connection, table, leaving))
        _write(connection, table, changes, now)
        if changes:
            found[table.name] = _counted(new for _, new in changes)
    return found


def _tables() -> list[Table]:
    return [table for table in metadata.tables.values() if table not in NOBODYS]


def _counted(changes: Iterable[Mapping[str, Any]]) -> Counter[str]:
    counts = Counter[str]()
    for new in changes:
        counts.update(["rows", *new])
    return counts


def _changes(connection: Connection, table: Table, leaving: Leaving) -> Iterator[tuple[dict[str, Any], dict[str, Any]]]:
    """Identity and new values of every row that changes."""
    looked_at = [column for column in table.columns if isinstance(column.type, (Text, Json, Raw)) and column.name not in OURS]
    identity = [column for column in table.primary_key if column not in looked_at]
    chosen = select(*identity, *looked_at).execution_options(yield_per=CHUNK)
    for row in connection.execute(chosen):
        values = row._asdict()
        people = people_of(values["kind"], is_unfit=True) if table is quarantine else people_of(table.name)
        if changes := leaving.changes({column.name: values[column.name] for column in looked_at}, people):
            yield {key.name: values[key.name] for key in table.primary_key}, changes


def _texts(value: Any) -> Iterator[str]:
    """Every text in a vendor's record, keys too, however deep."""
    waiting = [value]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, Mapping):
            waiting += [*item.keys(), *item.values()]
        elif isinstance(item, list | tuple):
            waiting += item


def _deep(value: Any, scrub: Scrub) -> Any:
    if isinstance(value, str):
        return scrub(value)
    if isinstance(value, dict):
        return {scrub(key): _deep(item, scrub) for key, item in value.items()}
    return type(value)(_deep(item, scrub) for item in value) if isinstance(value, (list, tuple)) else value


def _write(connection: Connection, table: Table, changes: list[tuple[dict[str, Any], dict[str, Any]]], now: datetime) -> None:
    """A row whose identity was a name may now be another one's: then one of them is enough."""
    for identity, new in changes:
        this = [table.c[name] == value for name, value in identity.items()]
        same = [table.c[name] == value for name, value in (identity | new).items() if name in identity]
        if new.keys() & identity.keys() and connection.execute(select(exists().where(*same))).scalar():
            connection.execute(delete(table).where(*this))
            continue
        withdrawn = {"withdrawn_at": now} if table is stretches and "person" in new else {}
        connection.execute(update(table).where(*this).values(**new, **withdrawn))
