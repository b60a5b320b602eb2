"""One key for each warehouse: the same value looks the same in every pull of it, and in no other."""

from contextlib import closing

from connectors.disclosure import fingerprint
from pipeline.fingerprints import keyed
from warehouse.store import Store


def pulled(path):
    with closing(Store.open(f"sqlite:///{path}")) as store:
        return list(keyed(store, (fingerprint(value) for value in ("1234", "1234", "4321"))))


def test_a_value_looks_the_same_in_every_pull_of_one_warehouse(tmp_path):
    first, again = pulled(tmp_path / "one.db"), pulled(tmp_path / "one.db")

    assert first == again
    assert first[0] == first[1] != first[2]


def test_and_different_in_another_warehouse_and_outside_of_a_pull(tmp_path):
    here, there = pulled(tmp_path / "one.db"), pulled(tmp_path / "two.db")

    assert len({here[0], there[0], fingerprint("1234")}) == 3


def test_what_is_kept_first_stays(tmp_path):
    with closing(Store.open(f"sqlite:///{tmp_path / 'one.db'}")) as store:
        assert [store.kept("key", value) for value in ("a", "b")] == ["a", "a"]
