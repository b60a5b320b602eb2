from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import text

from signals.pulled import Outside, Snapshot, Unfit
from signals.records import Commit, Page, Person, Shift
from signals.windows import Window
from warehouse.checks import check

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)

DAY = timedelta(days=1)
SHIFTS = Window(NOW - DAY, NOW + 28 * DAY)


def stored(store, table="commits"):
    """Every row as the database has it, our own counting apart."""
    frame = store.read(table, is_withdrawn_too=True)
    return frame.drop(columns=["landed_by"]).to_dict("records")


def test_what_is_received_is_loaded_unchanged_or_quarantined(pulls, commit):
    bad = commit("naive", committed_at=datetime(2026, 6, 1))  # noqa: DTZ001 - that is the fault
    first = pulls.publish([commit(1), commit(2), bad, Unfit("pages", "no id", {"a": 1})])
    again = pulls.publish([commit(1), commit(2, title="Other"), bad, Unfit("pages", "no id", {"a": 1})])

    assert (first.received, first.loaded, first.unchanged, first.quarantined) == (4, 2, 0, 2)
    assert (again.received, again.loaded, again.unchanged, again.quarantined) == (4, 1, 1, 2)
    assert again.kinds == ("commits",)


def test_reading_the_same_again_changes_no_row(pulls, store, commit):
    records = [commit(1, raw={"n": 1}), commit(2, paths=("a", "b"))]
    pulls.publish(records)
    before = store.read("commits").to_dict("records")
    again = pulls.publish(records, now=NOW + DAY)

    assert (again.loaded, again.kinds) == (0, ())
    assert store.read("commits").to_dict("records") == before


def test_a_changed_row_keeps_when_it_was_first_seen(pulls, store, commit):
    pulls.publish([commit(1)])
    pulls.publish([commit(1, title="Other")], now=NOW + DAY)

    assert [(row["title"], row["first_seen_at"]) for row in stored(store)] == [("Other", NOW)]


def test_of_two_with_one_identity_the_last_counts(pulls, store, commit):
    landing = pulls.publish([commit(1, title="First"), commit(1, title="Last")])

    assert (landing.loaded, landing.unchanged) == (1, 1)
    assert [row["title"] for row in stored(store)] == ["Last"]


@pytest.fixture
def batch(request, monkeypatch):
    """How many records are written together."""
    monkeypatch.setattr("warehouse.intake.BATCH", request.param)
    monkeypatch.setattr("warehouse.intake.TOGETHER", request.param)


def version(commit, title, hour):
    return commit(1, title=title, changed_at_source=None if hour is None else NOW - DAY + timedelta(hours=hour))


@pytest.mark.parametrize(
    ("hours", "wins"),
    [
        ((1, 2), "second"),
        ((2, 1), "first"),
        ((1, 1), "second"),
        ((2, None), "second"),
        ((None, 2), "second"),
        ((3, 1, 2), "first"),
        ((1, 3, 2), "second"),
        ((24 * 400, 1), "first"),  # stamped in the future, yet all of one pull
    ],
)
@pytest.mark.parametrize("batch", [1, 10_000], indirect=True)
@pytest.mark.usefixtures("batch")
def test_of_two_versions_in_one_pull_the_newer_counts_whatever_the_order(pulls, store, commit, hours, wins):
    landing = pulls.publish([version(commit, title, hour) for title, hour in zip(("first", "second", "third"), hours, strict=False)])

    assert (landing.received, landing.loaded, landing.unchanged) == (len(hours), 1, len(hours) - 1)
    assert list(store.read("commits").title) == [wins]


@pytest.mark.parametrize(("hours", "wins"), [((1, 2), "second"), ((2, 1), "first"), ((1, 1), "second"), ((2, None), "second"), ((None, 2), "second")])
def test_a_later_pull_brings_a_newer_version_and_never_an_older_one(pulls, store, commit, hours, wins):
    first, second = (version(commit, title, hour) for title, hour in zip(("first", "second"), hours, strict=True))
    pulls.publish([first])
    landing = pulls.publish([second])

    assert list(store.read("commits").title) == [wins]
    assert (landing.loaded, landing.unchanged) == ((0, 1) if wins == "first" else (1, 0))


def test_an_older_version_takes_over_what_no_pull_has_published_and_leaves_it_the_newer(pulls, store, commit):
    pulls.land([version(commit, "newer", 2)])
    landing = pulls.publish([version(commit, "older", 1)])

    assert (landing.loaded, list(store.read("commits").title)) == (1, ["newer"])


def test_a_row_that_was_withdrawn_comes_back_as_the_source_has_it_now(pulls, store, shift):
    pulls.publish([shift(1, 1, 8, person="ada", changed_at_source=NOW)], window=SHIFTS)
    pulls.publish([Snapshot(Shift, "rota", SHIFTS)], window=SHIFTS)
    pulls.publish([shift(1, 1, 8, person="bob", changed_at_source=NOW - DAY)], window=SHIFTS)

    assert list(store.read("shifts").person) == ["bob"]


def test_a_stamp_from_the_future_is_a_mistake_and_gives_way(pulls, store, commit):
    pulls.publish([commit(1, title="mistyped", changed_at_source=NOW + 400 * DAY)])
    pulls.publish([commit(1, title="corrected", changed_at_source=NOW)])

    assert list(store.read("commits").title) == ["corrected"]


def test_nothing_is_written_when_the_pull_breaks_off(pulls, store, commit):
    def broken():
        yield commit(1)
        yield Unfit("commits", "bad", {})
        raise ConnectionError

    with pytest.raises(ConnectionError):
        pulls.land(broken())

    assert [len(store.read(table)) for table in ("commits", "quarantine", "pulls")] == [0, 0, 0]


def test_rows_are_read_only_once_their_pull_is_published(pulls, store, commit):
    landing = pulls.land([commit(1)])
    assert len(store.read("commits")) == 0

    store.hold(landing.pull_id, "odd", NOW)
    assert len(store.read("commits")) == 0

    store.publish(landing.pull_id, NOW)
    assert len(store.read("commits")) == 1


def test_rows_of_a_pull_that_was_held_are_published_by_the_next_good_one(pulls, store, commit):
    held = pulls.land([commit(1)])
    store.hold(held.pull_id, "odd", NOW)
    again = pulls.publish([commit(1)])

    assert again.loaded == 1
    assert len(store.read("commits")) == 1


def test_a_snapshot_withdraws_what_the_source_no_longer_has(pulls, store, shift):
    swapped, kept, other = shift("swapped", 1, 8), shift("kept", 9, 8), shift("other", 1, 8, scope="second")
    past = shift("past", -90, 8)
    pulls.publish([swapped, kept, other, past], window=SHIFTS)
    landing = pulls.publish([kept, Snapshot(Shift, "rota", SHIFTS)], window=SHIFTS)

    assert (landing.withdrawn, landing.kinds) == (1, ("shifts",))
    assert list(store.read("shifts").native_id) == ["kept", "other", "past"]
    assert list(store.read("shifts", is_withdrawn_too=True).native_id) == ["kept", "other", "past", "swapped"]


def test_what_was_withdrawn_comes_back(pulls, store, shift):
    pulls.publish([shift(1, 1, 8)])
    pulls.publish([Snapshot(Shift, "rota", SHIFTS)])
    back = pulls.publish([shift(1, 1, 8)])

    assert (back.loaded, list(store.read("shifts").native_id)) == (1, ["1"])


def test_nothing_is_withdrawn_where_a_record_could_not_be_read(pulls, store, shift):
    pulls.publish([shift(1, 1, 8), shift(2, 9, 8)])
    landing = pulls.publish([shift(1, 1, 8), Unfit("shifts", "no end", {}), Snapshot(Shift, "rota", SHIFTS)])

    assert (landing.withdrawn, len(store.read("shifts"))) == (0, 2)
    assert "nothing was withdrawn from shifts" in store.read("pulls", where={"id": landing.pull_id}).detail[0]


def test_a_bad_record_is_kept_once_however_often_it_is_read(pulls, store):
    for _ in range(3):
        pulls.publish([Unfit("pages", "no id", {"a": [1, {"b": None}]}), Unfit("pages", "no id", {"a": 2})])

    assert len(store.read("quarantine")) == 2
    assert {str(raw) for raw in store.read("quarantine", ["raw"]).raw} == {"{'a': [1, {'b': None}]}", "{'a': 2}"}


def test_a_number_too_long_for_the_database_is_quarantined(pulls, store):
    landing = pulls.publish(
        [Page(native_id="p", title="t", triggered_at=NOW, escalations=2**63), Page(native_id="q", title="t", triggered_at=NOW, escalations=2**62)]
    )

    assert (landing.loaded, landing.quarantined) == (1, 1)
    assert store.read("pages").escalations[0] == 2**62


def test_a_character_no_database_holds_is_replaced_and_the_record_kept(pulls, store, commit):
    pulls.publish([commit(1, scope="shop\0", title="a\0b", body="half \ud83d", paths=("x\0", "\udfff"))])
    row = store.read("commits", ["service", "title", "body", "paths", "raw"]).iloc[0]

    assert (row.title, row.body, row.paths) == ("a\ufffdb", "half \ufffd", ["x\ufffd", "\ufffd"])
    assert (row.service, row.raw["title"]) == ("shop\ufffd", "a\0b")


def test_times_of_any_zone_come_back_as_the_same_instant(pulls, store, commit):
    kolkata = timezone(timedelta(hours=5, minutes=30))
    pulls.publish([commit(1, committed_at=datetime(2026, 6, 1, 0, 0, 0, 7, tzinfo=kolkata))])

    assert store.read("commits").committed_at[0] == datetime(2026, 5, 31, 18, 30, 0, 7, tzinfo=UTC)


def test_a_scope_that_could_not_be_read_makes_the_pull_degraded_and_covered(pulls, store, commit):
    landing = pulls.publish([commit(1)], degraded=lambda: {"shop/secret": "403"}, etags=lambda: {"abc": "W/1"}, requests=lambda: 7)
    line = store.read("pulls").iloc[0]

    assert (line.id, line.status, line.degraded, line.requests) == (landing.pull_id, "degraded", {"shop/secret": "403"}, 7)
    assert store.covered("git") == [pulls.window]
    assert store.etags("git") == {"abc": "W/1"}


def test_what_lies_outside_of_the_window_is_counted_and_the_future_is_told(pulls, store, commit):
    tomorrow = Outside("commits", earlier=3, later=2, last_at=NOW + DAY, where="commits.csv line 7")
    landing = pulls.publish([commit(1), tomorrow, Outside("shifts", earlier=0, later=4, last_at=NOW + 90 * DAY, where="shifts.csv line 2")])

    assert (landing.received, landing.loaded, landing.earlier, landing.later) == (1, 1, 3, 6)
    assert store.read("pulls").detail[0] == (
        "2 of the commits lie in the future, the last (commits.csv line 7) at 2026-06-11 12:00 UTC: "
        "they are taken when their time has come; correct them where that is a mistake"
    )


def test_what_was_read_otherwise_than_it_was_written_is_a_warning_of_the_pull(pulls, store, commit):
    commits = [replace(commit(n), left_out=(("authored_at", f"shop@{n}: year 1"),) if n < 2 else ()) for n in range(3)]
    landing = pulls.land(commits)
    assert check(store, landing.pull_id, NOW).warnings == (
        "pulls: what is read is of its time, whole, and as it was written: commits: authored_at is left out in 2 of the records (shop@0: year 1)",
    )


texts = st.text(st.characters(), max_size=8)
times = st.datetimes(timezones=st.sampled_from([UTC, timezone(timedelta(hours=-9))])) | st.datetimes()
commits = st.builds(
    Commit,
    native_id=texts,
    scope=st.none() | texts,
    repo=texts,
    sha=texts,
    author=st.none() | texts,
    committed_at=times,
    paths=st.lists(texts).map(tuple),
    raw=st.none() | st.dictionaries(texts, texts),
)
people = st.builds(Person, native_id=texts, zone=st.none() | texts | st.integers())
forms = st.recursive(st.none() | st.floats() | texts, st.lists, max_leaves=5)
unfit = st.builds(Unfit, kind=texts, reason=texts, raw=forms, native_id=st.none() | texts)
records = commits | people | unfit


@given(st.lists(st.lists(records, max_size=12), max_size=3))
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_every_record_is_accounted_for_whatever_it_holds(pulls, store, batches):
    for batch in batches:
        landing = pulls.publish(batch)

        assert landing.received == len(batch) == landing.loaded + landing.unchanged + landing.quarantined
        assert min(landing.loaded, landing.unchanged, landing.quarantined) >= 0
    with store.reading() as connection:
        line = connection.execute(text("SELECT sum(received), sum(loaded) + sum(unchanged) + sum(quarantined) FROM pulls")).one()
    assert line[0] == line[1]
