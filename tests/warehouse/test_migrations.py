"""From the first form of the tables to the newest, with rows in every table; killed on the way; several at once; old code and new code."""

import json
import os
import shutil
import signal
from contextlib import closing
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from pathlib import Path

import pytest
from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Boolean, DateTime, Engine, Float, Integer, LargeBinary, MetaData, event, inspect, select

from tests.warehouse.test_crashes import ended, forked, opened_and_closed
from tests.warehouse.vendor import seeds
from warehouse import database
from warehouse.columns import packed
from warehouse.faults import Unavailable
from warehouse.store import Store

# A released migration is never edited: people have run it. What changes later is another migration.
RELEASED = {"0001": "972c47a617320c6b", "0002": "f18075761f6b2bc0", "0003": "f1b6248e2e3d5df8", "0004": "4871dd86dc782916"}
LISTS = {"paths", "co_authors", "reviewers", "engaged", "teams", "attendees", "hits", "detectors", "schedules", "degraded", "evidence"}
INSTANT = 32  # characters of an instant on SQLite
EARLIER = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
LATER = """
import sqlalchemy as sa
from alembic import op

revision, down_revision = "{number}", "{before}"


def upgrade() -> None:
    op.add_column("commits", sa.Column("later_{number}", sa.Text()))
    op.execute("UPDATE commits SET later_{number} = title")
    op.create_table("later_{number}", sa.Column("key", sa.Text(), primary_key=True))
    op.execute("INSERT INTO later_{number} SELECT key FROM prompts")
"""


@pytest.fixture
def longer(tmp_path, monkeypatch):
    """The migrations as they are and three more, which add columns and tables and copy what is there."""
    monkeypatch.setattr(database, "MIGRATIONS", with_later_ones(tmp_path / "migrations"))


def with_later_ones(folder):
    shutil.copytree(database.MIGRATIONS, folder)
    numbers = [scripts().get_current_head(), "9001", "9002", "9003"]
    for before, number in pairwise(numbers):
        (folder / "versions" / f"{number}_later.py").write_text(LATER.format(before=before, number=number))
    return folder


def scripts():
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    return ScriptDirectory.from_config(config)


def brought_to(engine, revision):
    config = Config()
    config.set_main_option("script_location", str(database.MIGRATIONS))
    with engine.execution_options(writer="alone").begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revision)


def form(url):
    """Every table with its columns and keys, and every view."""
    engine = database.engine_of(url)
    looked = inspect(engine)
    found = {
        name: [
            [(column["name"], str(column["type"]), column["nullable"]) for column in looked.get_columns(name)],
            looked.get_pk_constraint(name)["constrained_columns"],
            sorted(str(index["column_names"]) for index in looked.get_indexes(name)),
        ]
        for name in looked.get_table_names()
    }
    found["views"] = looked.get_view_names()
    engine.dispose()
    return found


def value_of(column, number):
    """Something its type takes, read off the database."""
    if column.foreign_keys or getattr(column.type, "length", None) == INSTANT:
        return number if column.foreign_keys else EARLIER.isoformat(" ", "microseconds")
    values = {Boolean: True, Integer: number, Float: 0.5, DateTime: EARLIER, LargeBinary: packed({"number": number})}
    text = "[]" if column.name in LISTS else f"{column.name} {number}"
    return next((value for kind, value in values.items() if isinstance(column.type, kind)), text)


def filled(engine):
    """Two rows in every table there is: whatever an organisation may have by then."""
    known = MetaData()
    known.reflect(engine)
    rows = {}
    with engine.execution_options(writer="alone").begin() as connection:
        for table in known.sorted_tables:
            if table.name != database.VERSION_TABLE:
                connection.execute(table.insert(), [{c.name: value_of(c, n) for c in table.columns} for n in (1, 2)])
                rows[table.name] = content(connection, table, table.columns.keys())
    return rows


def content(connection, table, names):
    return sorted(map(repr, connection.execute(select(*(table.c[name] for name in names))).all()))


def test_a_released_migration_is_never_edited():
    found = {script.revision: sha256(Path(script.path).read_bytes()).hexdigest()[:16] for script in scripts().walk_revisions()}

    assert found == RELEASED, "a new one: write its hash down; an older one: people have run it, so write another migration instead"


@pytest.mark.parametrize("is_longer", [False, True])
def test_no_row_is_lost_from_the_first_form_to_the_newest(empty_url, is_longer, request):
    if is_longer:
        request.getfixturevalue("longer")
    steps = [script.revision for script in scripts().walk_revisions()][::-1]
    engine = database.engine_of(empty_url)
    brought_to(engine, steps[0])
    before = filled(engine)
    before_columns = {name: [column["name"] for column in inspect(engine).get_columns(name)] for name in before}
    for step in steps[1:]:
        brought_to(engine, step)
    with closing(Store.open(empty_url)) as store, store.reading() as connection:
        now = MetaData()
        now.reflect(engine)
        for name, rows in before.items():
            assert content(connection, now.tables[name], before_columns[name]) == rows, name
        for name in before:
            store.read(name, is_withdrawn_too=True)
    engine.dispose()


SAID = "github: GET /repos/a/b answered 401: Bad credentials"
BUSY = "Nothing to do yet: it is asked again by itself. Where it lasts for hours, look at the vendor's status page and the network."
LINES = [  # as the first form had them: source, status, detail, degraded; then what it says as values
    (("a", "failed", f"{SAID}\nSet the connection anew.", {}), ("refused", 401, SAID, "Set the connection anew.", None)),
    (("b", "failed", f"got no complete answer\n{BUSY}", {}), ("busy", None, "got no complete answer", BUSY, None)),
    (("c", "failed", None, {}), ("refused", None, None, None, None)),
    (("d", "held", "pulls: too many\nin two lines", {}), ("held", None, "pulls: too many\nin two lines", None, None)),
    (("e", "degraded", "kept", {"x": "GET /x answered 402", "y": "gone"}), (None, None, "kept", None, {"x": 402})),
    (("f", "published", "answered 404\nby chance", {}), (None, None, "answered 404\nby chance", None, None)),
]


def ledgers_of_old(engine):
    """A warehouse of the first form with a ledger in it."""
    brought_to(engine, "0001")
    known = MetaData()
    known.reflect(engine, only=["pulls"])
    numbers = dict.fromkeys(("attempts", "received", "loaded", "unchanged", "quarantined", "withdrawn", "requests"), 1)
    at = dict.fromkeys(("window_start", "window_end", "started_at", "finished_at"), EARLIER)
    at = at if engine.dialect.name == "postgresql" else {name: value.isoformat(" ", "microseconds") for name, value in at.items()}
    lines = [
        {"source": name, "status": status, "detail": detail, "degraded": json.dumps(degraded), **numbers, **at}
        for (name, status, detail, degraded), _ in LINES
    ]
    with engine.execution_options(writer="alone").begin() as connection:
        connection.execute(known.tables["pulls"].insert(), lines)


def told_as_values(store):
    names = ["source", "failure", "http_status", "detail", "remedy", "degraded_status"]
    found = store.read("pulls", names).astype("object")
    return {source: tuple(values) for source, *values in found.where(found.notna(), None).itertuples(index=False)}


def test_what_the_ledger_said_in_sentences_becomes_values(empty_url):
    engine = database.engine_of(empty_url)
    ledgers_of_old(engine)
    engine.dispose()
    with closing(Store.open(empty_url)) as store:
        assert told_as_values(store) == {name: values for (name, *_), values in LINES}


@pytest.mark.parametrize("statement", [4, 7, 9, 12])  # a column, a row, the next one, the views
def test_a_ledger_whose_upgrade_is_killed_at_any_statement_is_whole_afterwards(empty_url, statement):
    engine = database.engine_of(empty_url)
    ledgers_of_old(engine)
    before = form(empty_url)
    engine.dispose()

    def dying():
        left = [statement]

        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        opened_and_closed(empty_url)

    if ended(forked(dying)) == -signal.SIGKILL:
        assert form(empty_url) == before, "all of it or nothing"
    with closing(Store.open(empty_url)) as store:
        assert told_as_values(store) == {name: values for (name, *_), values in LINES}


@pytest.mark.usefixtures("longer")
@pytest.mark.parametrize("begun_at", ["nothing", "0001"])
@pytest.mark.parametrize("seed", seeds(2, 16))
def test_an_upgrade_killed_at_any_statement_is_simply_made_again(empty_url, seed, begun_at):
    engine = database.engine_of(empty_url)
    if begun_at == "0001":
        brought_to(engine, "0001")
        filled(engine)
    before = form(empty_url)
    engine.dispose()

    def dying():
        left = [3 + seed * (1 if begun_at == "0001" else 4)]

        def count(*_):
            left[0] -= 1
            if not left[0]:
                os.kill(os.getpid(), signal.SIGKILL)

        event.listen(Engine, "before_cursor_execute", count)
        opened_and_closed(empty_url)

    assert ended(forked(dying)) == -signal.SIGKILL
    assert form(empty_url) == before, "all of it or nothing"
    assert [ended(pid) for pid in [forked(opened_and_closed, empty_url) for _ in range(3)]] == [0, 0, 0]
    with closing(Store.open(empty_url)) as store, store.reading() as connection:
        rows = 2 if begun_at == "0001" else 0
        assert connection.exec_driver_sql("SELECT count(*) FROM later_9003").scalar() == rows
        assert connection.exec_driver_sql("SELECT count(*) FROM commits WHERE later_9001 = title").scalar() == rows


@pytest.mark.usefixtures("longer")
def test_older_code_leaves_a_newer_warehouse_alone_and_says_so(empty_url, monkeypatch):
    with closing(Store.open(empty_url)) as opened:
        opened.remember("a", "1")
        monkeypatch.undo()
        opened.remember("b", "2")  # a task of the older code that is under way goes on
        with pytest.raises(Unavailable, match="is of form 9003, and this version of Soundings knows"):
            Store.open(empty_url)

        assert (opened.fact("a"), opened.fact("b")) == ("1", "2")


def test_opening_waits_for_no_writer_where_there_is_nothing_to_upgrade(warehouse_url):
    with closing(Store.open(warehouse_url)) as store, store.writing() as connection:
        connection.exec_driver_sql("INSERT INTO facts VALUES ('a', '1')")

        assert ended(forked(opened_and_closed, warehouse_url)) == 0
