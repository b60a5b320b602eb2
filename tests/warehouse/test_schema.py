from dataclasses import fields
from datetime import datetime
from types import UnionType
from typing import get_args, get_origin, get_type_hints

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Boolean, Text, inspect

from signals.records import BESIDE, RECORDS
from warehouse.columns import Instant, Number, Raw, Texts
from warehouse.database import VERSION_TABLE
from warehouse.fitting import Fit
from warehouse.schema import SIGNALS, metadata
from warehouse.store import Store

OURS = {"service", "source", "first_seen_at", "landed_by", "withdrawn_at"}
TYPES = {str: Text, datetime: Instant, bool: Boolean, int: type(Number), tuple: Texts}


@pytest.mark.parametrize("name", RECORDS)
def test_a_table_has_the_columns_of_its_record_and_ours(name):
    assert set(SIGNALS[name].columns.keys()) == {field.name for field in fields(RECORDS[name])} - {"left_out"} | OURS


@pytest.mark.parametrize("name", RECORDS)
def test_a_column_holds_what_its_field_holds(name):
    hints = get_type_hints(RECORDS[name])
    assert isinstance(SIGNALS[name].c.raw.type, Raw)
    for field in fields(RECORDS[name]):
        if field.name in BESIDE:
            continue
        column = SIGNALS[name].c[field.name]
        kinds = (
            [kind for kind in get_args(hints[field.name]) if kind is not type(None)]
            if isinstance(hints[field.name], UnionType)
            else [hints[field.name]]
        )
        assert isinstance(column.type, TYPES[get_origin(kinds[0]) or kinds[0]]), field.name
        assert column.nullable == isinstance(hints[field.name], UnionType), field.name


@pytest.mark.parametrize("kind", RECORDS.values())
def test_rows_are_written_in_the_order_of_the_table(kind):
    fit = Fit(kind)

    assert fit.names == [column.name for column in fit.table.columns if column.name in fit.names]
    assert set(fit.table.columns.keys()) - set(fit.names) == {"first_seen_at", "landed_by", "withdrawn_at"}


def test_the_migrations_make_the_tables_of_the_schema(empty_url):
    store = Store.open(empty_url)
    with store.reading() as connection:
        context = MigrationContext.configure(connection, opts={"version_table": VERSION_TABLE})

        assert compare_metadata(context, metadata) == []
        assert inspect(connection).get_view_names() == ["signals"]


def test_every_column_says_what_it_means():
    assert [f"{table}.{column.name}" for table in metadata.tables.values() for column in table.columns if not column.doc] == []
