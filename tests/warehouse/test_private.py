import pytest

from warehouse.faults import Unavailable
from warehouse.store import Store


@pytest.fixture
def opened():
    """A function that makes a warehouse and writes into it; the store stays open, so that every file SQLite needs is there."""
    stores = []

    def opened(path):
        stores.append(Store.open(f"sqlite:///{path}"))
        stores[-1].remember("a", "b")

    yield opened
    for store in stores:
        store.close()


def modes(folder):
    return {path.name: oct(path.stat().st_mode & 0o777) for path in folder.iterdir()}


def test_a_new_warehouse_file_and_what_sqlite_lays_beside_it_are_for_its_user_alone(tmp_path, opened):
    opened(tmp_path / "new.db")

    assert modes(tmp_path) == {"new.db": "0o600", "new.db-wal": "0o600", "new.db-shm": "0o600"}


def test_a_folder_made_for_it_is_so_as_well(tmp_path, opened):
    opened(tmp_path / "data" / "new.db")

    assert modes(tmp_path) == {"data": "0o700"}


def test_what_is_there_keeps_its_modes(tmp_path, opened):
    folder = tmp_path / "shared"
    folder.mkdir()
    folder.chmod(0o750)
    (folder / "old.db").touch()
    (folder / "old.db").chmod(0o640)
    opened(folder / "old.db")

    assert modes(tmp_path) == {"shared": "0o750"}
    assert modes(folder)["old.db"] == "0o640"


def test_a_folder_in_a_folder_that_is_not_there_is_named(tmp_path):
    with pytest.raises(Unavailable, match=rf"There is no folder {tmp_path}/new/deep: make it, or correct `url`"):
        Store.open(f"sqlite:///{tmp_path}/new/deep/w.db")
