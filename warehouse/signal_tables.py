"""The tables of what happened, one for each record of signals/records.py, with the same columns."""

from collections.abc import Iterator
from dataclasses import Field, fields
from datetime import datetime
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from sqlalchemy import Boolean, Column, Index, PrimaryKeyConstraint, Table, Text

from signals.record import Record
from signals.records import BESIDE, RECORDS
from warehouse.columns import Instant, Number, Raw, Texts, may, metadata, must

# What a column holds, by the annotation of its field.
_TYPES: dict[Any, Any] = {str: Text, datetime: Instant, bool: Boolean, int: Number, tuple: Texts}
_FIRST, _LAST = ("native_id", "scope"), ("url", "changed_at_source")


def form(annotation: Any) -> tuple[Any, bool]:
    """The type a field holds (str, datetime, bool, int, tuple), and whether it may be empty."""
    kinds = [kind for kind in get_args(annotation) if kind is not type(None)] if isinstance(annotation, UnionType) else [annotation]
    return get_origin(kinds[0]) or kinds[0], isinstance(annotation, UnionType)


def _columns(kind: type[Record]) -> Iterator[Column[Any]]:
    """What every record has frames what this kind has."""
    hints, known = get_type_hints(kind), {one.name: one for one in fields(kind) if one.name not in BESIDE}
    own = [name for name in known if name not in (*_FIRST, *_LAST)]
    for name in (*_FIRST, *own, *_LAST):
        yield _column(known[name], hints[name])


def _column(told: Field[Any], annotation: Any) -> Column[Any]:
    held, is_optional = form(annotation)
    return (may if is_optional else must)(told.name, _TYPES[held], told.metadata["doc"], told.metadata["expect"])


def _signal(kind: type[Record]) -> Table:
    about = kind.about
    return Table(
        about.table,
        metadata,
        may("service", Text, "The service of soundings.toml, or the vendor's own name where nothing maps it; empty where it belongs to none."),
        must("source", Text, "The line of soundings.toml it came from."),
        *_columns(kind),
        may("raw", Raw, "The vendor's own record, compressed; null where it would only repeat the row or its time is over."),
        must("first_seen_at", Instant, "When it first arrived here."),
        must("landed_by", Number, "The pull (pulls.id) that last changed it."),
        may("withdrawn_at", Instant, "When the source was found not to have it any more."),
        PrimaryKeyConstraint("source", "native_id"),
        Index(f"{about.table}_landed_by", "landed_by"),
        *([Index(f"{about.table}_at", about.at)] if about.at else []),
        info={"grain": about.grain, "at": about.at, "until": about.until},
    )


SIGNALS = {table: _signal(kind) for table, kind in RECORDS.items()}
