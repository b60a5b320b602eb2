"""Which words sources use where there is a closed list of them, and which for a severity."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import Column, Connection, func, select

from signals.record import Expect
from warehouse.schema import SIGNALS

SEVERITIES = ("severity_initial", "severity_max", "severity_final")
Counts = Mapping[str, Counter[str]]  # source -> word -> rows


@dataclass(frozen=True, slots=True)
class ListedWords:
    """The words of one column that has a list of them, in the rows that are still there."""

    table: str
    column: str
    expect: Expect
    counts: Counts


def listed_words(connection: Connection) -> list[ListedWords]:
    """Every column with a list of words, those that came."""
    columns = [column for table in SIGNALS.values() for column in table.columns if (expect := column.info.get("expect")) and expect.among]
    return [ListedWords(column.table.name, column.name, column.info["expect"], _counted(connection, column)) for column in columns]


def severities(connection: Connection) -> Counts:
    """The words of every column that holds a severity of an incident, each row once a column."""
    found: dict[str, Counter[str]] = {}
    for name in SEVERITIES:
        for source, words in _counted(connection, SIGNALS["incidents"].c[name]).items():
            found.setdefault(source, Counter()).update(words)
    return found


def _counted(connection: Connection, column: Column[str]) -> Counts:
    rows, found = column.table.c, dict[str, Counter[str]]()
    chosen = select(rows.source, column, func.count()).where(column.is_not(None), rows.withdrawn_at.is_(None))
    for source, word, count in connection.execute(chosen.group_by(rows.source, column)):
        found.setdefault(source, Counter())[word] += count
    return found
