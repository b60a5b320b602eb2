"""An organisation grows: everything goes from SQLite to PostgreSQL (and back), and nobody is asked twice."""

import os
from contextlib import closing

import psycopg
import pytest
from sqlalchemy import make_url, select
from typer.testing import CliRunner

from pipeline import steps
from pipeline.cli import app
from pipeline.connections import connection
from tests.pipeline.conftest import NOW
from tests.pipeline.test_side_by_side import TICKETS, left_by, new_place, vendor, whole
from tests.warehouse.test_crashes import ended, forked
from tests.warehouse.test_migrations import with_later_ones
from tests.warehouse.vendor import at_point
from warehouse import database
from warehouse.moving import move
from warehouse.schema import metadata
from warehouse.store import Store


@pytest.fixture(params=["to_postgresql", "to_sqlite"])
def urls(request, sqlite_url, postgres_url):
    """From, and to."""
    return (sqlite_url, postgres_url)[:: 1 if request.param == "to_postgresql" else -1]


@pytest.fixture
def place(tmp_path, at, urls):
    """A place where tickets were opened."""
    at(NOW)
    place = new_place(tmp_path / "acme", urls[0])
    vendor(place, 0)
    whole(place)
    return place


def moved_to(place, url):
    return CliRunner().invoke(app, ["move", "--config", str(place.path), "--to", url])


def rows(url):
    with closing(Store.open(url)) as store, store.reading() as connected:
        return {name: sorted(map(repr, connected.execute(select(table)).all())) for name, table in metadata.tables.items()}


def test_every_row_goes_along_and_nobody_is_asked_again(place, urls):
    before, left = rows(urls[0]), left_by(place)
    done = moved_to(place, urls[1])

    assert done.exit_code == 0, done.output
    assert rows(urls[1]) == rows(urls[0]) == before
    assert "deploys: 9\n" in done.stdout
    place.configure(f'[warehouse]\nurl = "{urls[1]}"\n', TICKETS, services=("cart", "pay", "ship", "mail"))
    whole(place)
    assert left_by(place) == left
    vendor(place, 0, later=True)
    whole(place)
    assert len(left_by(place)["tickets"]) == 4, "numbers of pulls go on where they were"


def test_a_warehouse_with_rows_in_it_is_refused(place, urls):
    assert moved_to(place, urls[1]).exit_code == 0
    held = rows(urls[1])
    again = moved_to(place, urls[1])

    assert again.exit_code == 1
    assert "holds rows already" in again.stderr
    assert rows(urls[1]) == held
    assert moved_to(place, urls[0]).exit_code == 1, "itself is not empty either"


def test_a_move_that_dies_leaves_the_target_empty_and_is_made_again(place, urls):
    def dying():
        at_point(1, lambda: os._exit(9))
        with closing(Store.open(urls[0])) as origin, closing(Store.open(urls[1])) as target:
            move(origin, target)

    assert ended(forked(dying)) == 9
    assert not any(rows(urls[1]).values())
    with closing(Store.open(urls[0])) as origin, closing(Store.open(urls[1])) as target:
        assert move(origin, target)["deploys"] == 9
    with place.open() as store:
        assert steps.prompt(place.settings, store, connection)["opened"] == 0


def test_an_upgrade_opens_no_ticket_again(place, urls, tmp_path, monkeypatch):
    left = left_by(place)
    monkeypatch.setattr(database, "MIGRATIONS", with_later_ones(tmp_path / "migrations"))
    with closing(Store.open(urls[0])) as store:
        attempts = list(store.read("prompts")["attempt"])
    whole(place)

    assert left_by(place) == left
    with closing(Store.open(urls[0])) as store:
        assert list(store.read("prompts")["attempt"]) == attempts == [1, 1, 1]
        with store.reading() as connected:
            assert connected.exec_driver_sql("SELECT count(*) FROM later_9003").scalar() == 3


def test_a_database_that_goes_away_in_the_middle_ends_the_command_with_one_line(place, urls):
    """Every statement after the first pull's landing is refused, as by a server that was told to shut down."""

    def run():
        at_point(1, lambda: gone(urls[0]), name="soundings.land.committed")
        done = CliRunner().invoke(app, ["run", "--config", str(place.path), "--as-of", NOW.isoformat()])
        assert done.exit_code == 1, done.output
        assert len(done.stderr.splitlines()) == 1, done.stderr
        assert "cannot be used" in done.stderr
        assert "Nothing is half written" in done.stderr

    def gone(url):
        if url.startswith("sqlite"):
            for path in urls[0].removeprefix("sqlite:///"), f"{urls[0].removeprefix('sqlite:///')}-wal":
                if os.path.exists(path):  # noqa: PTH110
                    os.truncate(path, 100)
            return
        with psycopg.connect(make_url(url).set(drivername="postgresql", database="postgres").render_as_string(hide_password=False)) as away:
            away.autocommit = True
            away.execute(f"ALTER DATABASE {make_url(url).database} ALLOW_CONNECTIONS false")
            away.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s", [make_url(url).database])

    assert ended(forked(run)) == 0
