"""One row of each table as a person would write it: what docs/tables.md shows, and what `soundings init` lays beside soundings.toml."""

import csv
import io
from collections.abc import Mapping
from dataclasses import fields

from signals.record import Record
from signals.records import RECORDS


def _row(kind: type[Record]) -> dict[str, str]:
    """The fields that have an example; the service stands where none follows from a repository."""
    about, told = kind.about, {one.name: str(example) for one in fields(kind) if (example := one.metadata.get("example"))}
    named = {"native_id": about.example} if about.example else {}
    service = {"service": "cart"} if about.named_in and "repo" not in told else {}
    return {**named, **service, **told}


ROWS: Mapping[str, Mapping[str, str]] = {table: _row(kind) for table, kind in RECORDS.items()}


def table(kind: str) -> str:
    """The first line and the example row of a table, as CSV."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerows([ROWS[kind], ROWS[kind].values()])
    return text.getvalue()
