"""What docs/tables.md says of the tables, written from them."""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import Boolean, Column, Float, Table
from sqlalchemy.types import TypeEngine

from signals.record import Expect
from warehouse.columns import Instant, Json, Number, Raw, Texts
from warehouse.schema import SIGNALS, metadata

HEAD = """# Tables

Written from `warehouse/` by `make docs`; not edited by hand. Names ending in `_at` are aware UTC instants, `is_` truth, `_hours` and `_days`
quantities. The view `signals` (kind, source, native_id, service, at, stakes, is_bot, title, url) puts commits, configuration changes, deploys,
pages and incidents side by side: published rows that the source still has. Stakes: commit 1, configuration change 2, deploy 3, page 3,
incident 4, and 5 where the severity map ranks it SEV2 or higher.
"""

KINDS: tuple[tuple[type[TypeEngine[Any]], str], ...] = (
    (Instant, "instant"),
    (Texts, "list of text"),
    (Json, "JSON"),
    (Raw, "compressed JSON"),
    (Boolean, "truth"),
    (Float, "number"),
    (type(Number), "whole number"),
)


def _expected(expect: Expect | None) -> str:
    if expect is None:
        return ""
    parts = (
        f"one of {', '.join(expect.among)}" if expect.among else "",
        f"understood as well: {', '.join(word for word in expect.also if word not in expect.among)}" if expect.also else "",
        f"at least {expect.at_least:g}" if expect.at_least is not None else "",
        f"at most {expect.at_most:g}" if expect.at_most is not None else "",
        f"at most {expect.most_characters} characters" if expect.most_characters else "",
        f"not before `{expect.not_before}`" if expect.not_before else "",
        f"known in `{expect.known_in}`" if expect.known_in else "",
    )
    return "; ".join(part for part in parts if part) + (" (critical)" if expect.is_critical else "")


def _line(column: Column[Any]) -> str:
    kind = next((words for kind, words in KINDS if isinstance(column.type, kind)), "text")
    optional = ", may be empty" if column.nullable else ""
    return f"| `{column.name}` | {kind}{optional} | {column.doc} | {_expected(column.info.get('expect'))} |"


def _table(table: Table) -> Iterator[str]:
    yield f"\n## {table.name}\n"
    yield f"One row is {table.info['grain']}. Key: {', '.join(f'`{column.name}`' for column in table.primary_key)}.\n"
    yield "| column | holds | meaning | expected |\n|---|---|---|---|"
    yield from map(_line, table.columns)


def tables_markdown() -> str:
    """Every table with its grain, key and columns."""
    tables = sorted(metadata.tables.values(), key=lambda table: table.name not in SIGNALS)
    return HEAD + "\n".join(line for table in tables for line in _table(table)) + "\n"
