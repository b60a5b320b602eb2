from datetime import UTC, datetime, timedelta

import pytest

from signals.records import Incident, Page
from warehouse.frames import ROWS_AT_ONCE

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)
TYPES = {
    "native_id": "str",
    "incident_id": "str",
    "triggered_at": "datetime64[us, UTC]",
    "resolved_at": "datetime64[us, UTC]",
    "escalations": "Int64",
    "has_note": "boolean",
    "teams": "object",
}


@pytest.mark.parametrize("records", [[], [Page(native_id="p", title="t", triggered_at=NOW)]])
def test_types_follow_from_the_table_even_where_nothing_is_there(pulls, store, records):
    pulls.publish(records)
    frame = store.read("pages")

    assert {name: str(frame[name].dtype) for name in TYPES} == TYPES
    assert "raw" not in frame


def test_more_rows_than_are_read_at_once_are_one_frame_of_the_same_types(pulls, store):
    last = {"resolved_at": NOW, "escalations": 3, "has_note": True, "teams": ("shop",)}
    pages = [
        Page(native_id=f"{number:06}", title="t", triggered_at=NOW, **(last if number == ROWS_AT_ONCE else {})) for number in range(ROWS_AT_ONCE + 1)
    ]
    pulls.publish(reversed(pages))
    frame = store.read("pages", without={"title"})

    assert {name: str(frame[name].dtype) for name in TYPES} == TYPES
    assert list(frame["native_id"]) == [page.native_id for page in pages]
    assert list(frame["escalations"].dropna()) == [3]
    assert frame["teams"].iloc[-1] == ["shop"]
    assert "title" not in frame


def test_lists_are_lists_and_truth_is_truth(pulls, store, commit):
    pulls.publish([commit(1, paths=("é", 'a"b'), is_bot=True)])
    row = store.read("commits", ["paths", "co_authors", "is_bot", "is_merge"]).iloc[0]

    assert (row.paths, row.co_authors, bool(row.is_bot), bool(row.is_merge)) == (["é", 'a"b'], [], True, False)


def test_rows_come_in_the_order_of_their_key_on_both_databases(pulls, store, commit):
    pulls.publish([commit(name) for name in ("b", "Z", "é", "a", "_", "10", "9")])

    assert list(store.read("commits").sha) == ["10", "9", "Z", "_", "a", "b", "é"]


def test_rows_are_chosen_by_value_by_values_and_by_time(pulls, store, shift):
    pulls.publish([shift("a", 0, 8), shift("b", 8, 8, person="bob"), shift("c", 16, 8, person="cyn", zone="UTC")])

    assert list(store.read("shifts", where={"person": "bob"}).native_id) == ["b"]
    assert list(store.read("shifts", where={"person": ["bob", "cyn"]}).native_id) == ["b", "c"]
    assert list(store.read("shifts", where={"zone": None}).native_id) == ["a", "b"]
    assert list(store.read("shifts", since=NOW + 12 * HOUR, until=NOW + 16 * HOUR).native_id) == ["b"]


def test_a_column_the_table_does_not_have_is_an_error(store):
    with pytest.raises(KeyError):
        store.read("commits", ["colour"])


def test_signals_put_frequency_and_stakes_side_by_side(pulls, store, commit):
    store.rank_severities({"SEV1": 1, "sev2": 2, "SEV3": 3})
    severities = {"i1": ("SEV2", None), "i2": ("SEV3", "SEV4"), "i3": ("huge", None), "i4": (None, None), "i5": ("huge", " sev1 ")}
    incidents = [
        Incident(native_id=name, title="t", declared_at=NOW, severity_max=most, severity_initial=first) for name, (most, first) in severities.items()
    ]
    pulls.publish([commit(1), Page(native_id="p", title="t", triggered_at=NOW), *incidents])
    pulls.land([commit(2)])

    with store.reading() as connection:
        rows = connection.exec_driver_sql("SELECT kind, native_id, stakes, is_bot FROM signals ORDER BY native_id").all()
    assert [(kind, name, stakes) for kind, name, stakes, _ in rows] == [
        ("incident", "i1", 5),
        ("incident", "i2", 4),
        ("incident", "i3", 4),
        ("incident", "i4", 4),
        ("incident", "i5", 5),
        ("page", "p", 3),
        ("commit", "shop@1", 1),
    ]
    assert not any(row.is_bot for row in rows)


def test_a_changed_severity_map_changes_the_stakes_at_once(pulls, store):
    pulls.publish([Incident(native_id="i", title="t", declared_at=NOW, severity_max="P1")])
    found = []
    for ranks in ({"P1": 3}, {"P1": 1}):
        store.rank_severities(ranks)
        with store.reading() as connection:
            found.append(connection.exec_driver_sql("SELECT stakes FROM signals").scalar_one())

    assert found == [4, 5]


def test_services_follow_a_changed_mapping(pulls, store, commit):
    pulls.publish([commit(1, paths=("cart/a.py",)), commit(2)])

    def service_of(record):
        return "cart" if any(path.startswith("cart/") for path in record.paths) else record.scope

    assert (store.remap(service_of), store.remap(service_of)) == (1, 0)
    assert list(store.read("commits").service) == ["cart", "shop"]


def test_what_is_remembered_is_the_last_thing_said(store):
    assert store.fact("mapping") is None
    store.remember("mapping", "a")
    store.remember("mapping", "b")

    assert store.fact("mapping") == "b"
