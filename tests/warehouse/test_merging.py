from datetime import UTC, datetime, timedelta
from threading import Barrier, Thread

import pytest

from warehouse.merging import Merged
from warehouse.store import Store

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
LATER = NOW + timedelta(hours=1)


def hit(key, **fields):
    values = {"detector": "NM-01", "family": "change", "service": "shop", "started_at": NOW, "ended_at": NOW, "confidence": 0.5}
    return {"key": key, **values, "reading": "unclear", "evidence": {"b": [1], "a": None}, "rule_version": "1", "near_miss_key": None, **fields}


def prompt(key, **fields):
    return {"key": key, "subject_kind": "near_miss", "subject_key": key, "tracker": "folder", "code": "LO-1", "state": "planned", **fields}


def test_merging_counts_new_changed_unchanged_and_withdrawn(store):
    store.merge("near_miss_hits", [hit("a"), hit("b"), hit("c")], now=NOW)

    assert store.merge("near_miss_hits", [hit("a"), hit("b", confidence=0.6), hit("d")], now=LATER) == Merged(1, 1, 1, 1)
    assert list(store.read("near_miss_hits").key) == ["a", "b", "d"]


def test_what_is_withdrawn_stays_and_comes_back_with_its_first_time(store):
    store.merge("near_miss_hits", [hit("a")], now=NOW)
    store.merge("near_miss_hits", [], now=LATER)
    gone = store.read("near_miss_hits", is_withdrawn_too=True)
    store.merge("near_miss_hits", [hit("a")], now=LATER)

    assert list(gone.withdrawn_at) == [LATER]
    assert list(store.read("near_miss_hits").first_seen_at) == [NOW]


def test_a_frame_that_was_read_merges_without_a_change(store):
    store.merge("near_miss_hits", [hit("a"), hit("b", near_miss_key="n")], now=NOW)
    frame = store.read("near_miss_hits").drop(columns=["first_seen_at", "withdrawn_at"])

    assert store.merge("near_miss_hits", frame, now=LATER) == Merged(0, 0, 2, 0)


def test_columns_the_rows_do_not_have_stay_as_they_are(store):
    store.merge("near_miss_hits", [hit("a", near_miss_key="n")], now=NOW)
    row = hit("a", confidence=0.9)
    del row["near_miss_key"]
    store.merge("near_miss_hits", [row], now=NOW)

    assert list(store.read("near_miss_hits").near_miss_key) == ["n"]


@pytest.mark.parametrize("rows", [[hit("a", colour="red")], [hit("a"), {"key": "b"}], [{"detector": "x"}]])
def test_rows_the_table_has_no_place_for_are_refused(store, rows):
    with pytest.raises(ValueError, match="near_miss_hits need a key"):
        store.merge("near_miss_hits", rows, now=NOW)


def test_two_that_merge_at_once_leave_every_row_once(warehouse_url):
    stores = [Store.open(warehouse_url) for _ in range(2)]
    barrier = Barrier(2)

    def merge(store):
        barrier.wait()
        for _ in range(5):
            store.merge("near_miss_hits", [hit(str(number)) for number in range(50)], now=NOW)

    threads = [Thread(target=merge, args=(store,)) for store in stores]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(stores[0].read("near_miss_hits", is_withdrawn_too=True)) == 50
    for store in stores:
        store.engine.dispose()


def test_adding_leaves_known_rows_alone(store):
    assert store.add("prompts", [prompt("a"), prompt("b")]) == 2
    assert store.add("prompts", [prompt("a", state="other"), prompt("c")]) == 1
    assert list(store.read("prompts").state) == ["planned"] * 3


def test_one_claims_a_prompt_and_writes_while_its_lease_lasts(store):
    store.add("prompts", [prompt("a")])

    assert store.claim("a", "one", 60, ["planned"])
    assert not store.claim("a", "two", 60, ["planned"])
    assert not store.set("a", "two", state="open")
    assert not store.set("a", None, state="open")
    assert store.set("a", "one", state="intent", attempt=1)
    assert not store.claim("a", "one", 60, ["planned"])
    assert list(store.read("prompts").state) == ["intent"]


def test_a_lease_that_ran_out_is_worth_nothing(store):
    store.add("prompts", [prompt("a")])
    store.claim("a", "one", 0, ["planned"])

    assert not store.set("a", "one", state="open")
    assert store.claim("a", "two", 60, ["planned"])
    assert list(store.read("prompts").owner) == ["two"]


def test_of_many_that_claim_at_once_one_gets_it(warehouse_url):
    stores = [Store.open(warehouse_url) for _ in range(4)]
    stores[0].add("prompts", [prompt("a")])
    barrier, got = Barrier(4), []

    def claim(number):
        barrier.wait()
        got.append(stores[number].claim("a", str(number), 60, ["planned"]))

    threads = [Thread(target=claim, args=(number,)) for number in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(got) == [False, False, False, True]
    for store in stores:
        store.engine.dispose()


def test_the_database_has_its_own_clock(store):
    assert abs(store.clock() - datetime.now(UTC)) < timedelta(seconds=5)
