import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime, timedelta

import pytest

from signals.pulled import Unfit
from signals.records import Deploy, Incident, Interruption, Page
from signals.windows import Window
from warehouse.checks import check
from warehouse.store import Store

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


def checked(pulls, records, **options):
    return check(pulls.store, pulls.land(records, **options).pull_id, NOW)


def test_a_good_pull_is_published_with_nothing_to_say(pulls, store, commit, shift):
    result = checked(pulls, [commit(1), shift(1, 0, 8)])

    assert (result.rows, result.critical, result.warnings, result.is_published) == (2, (), (), True)
    assert (list(store.read("pulls").status), len(store.read("checks"))) == (["published"], 0)


def test_odd_values_are_warnings_and_name_the_rows(pulls, store, shift, commit):
    records = [
        Deploy(native_id="d1", environment="prod", version="1", started_at=NOW, status="exploded"),
        Page(native_id="p1", title="t", triggered_at=NOW, escalations=-1),
        Page(native_id="p2", title="t", triggered_at=NOW, acknowledged_at=NOW - HOUR),
        Interruption(native_id="i1", person="ada", sent_at=NOW, page_id="unheard of"),
        Interruption(native_id="i2", person="ada", sent_at=NOW, page_id="p1"),
        shift("s1", 0, -1),
        commit("future", committed_at=NOW + 9 * HOUR),
    ]
    result = checked(pulls, records)

    assert result.is_published
    assert list(store.read("checks").expectation) == [
        "committed_at is not in the future",
        "status is one of the known words",
        "page_id names one of the pages",
        "acknowledged_at is not before triggered_at",
        "escalations is at least 0",
        "ends_at is not before starts_at",
    ]
    assert any("d1" in warning for warning in result.warnings)
    assert set(store.read("checks").severity) == {"warning"}


def test_a_word_nobody_knows_is_told_with_those_that_are_known_and_what_follows(pulls, store):
    words = {"d1": "gut", "d2": "Success", "d3": "SUCCEEDED", "d4": " ok", "d5": "in_progress", "d6": "gut", "d7": "x" * 99}
    checked(pulls, [Deploy(native_id=name, environment="p", version="1", started_at=NOW, status=word) for name, word in words.items()])
    kinds = [
        Incident(native_id="i", title="t", declared_at=NOW, kind="Real"),
        Page(native_id="p", title="t", triggered_at=NOW, resolved_by_kind="bot"),
    ]
    checked(pulls, kinds)

    said = dict(zip(store.read("checks")["table"], store.read("checks")["detail"], strict=True))
    assert said["deploys"] == (
        f"3 rows do not hold it: d1, d6, d7; found 'gut', '{'x' * 40}', known are success, failed, cancelled, running, superseded; "
        "such a deploy does not count as gone live, so no step-back is found with it"
    )
    assert "found 'Real', known are real, test, rehearsal, maintenance; such an incident does not count as a real one" in said["incidents"]
    assert "found 'bot', known are human, integration, timeout; such a page does not count as ended by itself" in said["pages"]


def test_a_pull_that_is_largely_unreadable_is_held_back(pulls, store, commit):
    result = checked(pulls, [*map(commit, range(70)), *(Unfit("commits", "no id", {"n": n}) for n in range(30))])

    assert not result.is_published
    assert "30 of 100 could not be taken" in result.critical[0]
    assert (list(store.read("pulls").status), len(store.read("commits")), store.covered("git")) == (["held"], 0, [])


def test_a_handful_of_bad_records_holds_nothing_back(pulls, commit):
    assert checked(pulls, [commit(1), *(Unfit("commits", "no id", {"n": n}) for n in range(5))]).is_published


def test_a_check_may_be_repeated(pulls, store):
    landing = pulls.land([Page(native_id="p1", title="t", triggered_at=NOW, escalations=-1)])

    assert check(store, landing.pull_id, NOW) == check(store, landing.pull_id, NOW)
    assert len(store.read("checks")) == 1


@pytest.mark.parametrize(("count", "is_usual"), [(100, True), (30, True), (20, False), (401, False)])
def test_an_unusual_number_of_records_is_a_warning(pulls, commit, count, is_usual):
    for day in range(1, 5):
        window = Window(NOW - (day + 1) * 24 * HOUR, NOW - day * 24 * HOUR)
        pulls.publish([commit(f"{day}-{number}", committed_at=window.start) for number in range(100)], window=window)
    result = checked(pulls, map(commit, range(count)))

    assert any("records where the last weeks" in warning for warning in result.warnings) != is_usual
    assert result.is_published


def test_what_is_looked_at_in_several_parts_is_told_as_one(pulls, monkeypatch):
    records = [Page(native_id=f"p{number}", title="t", triggered_at=NOW, escalations=-1 if number != 4 else 1) for number in range(7)]
    pull_id = pulls.land(records).pull_id
    at_once = check(pulls.store, pull_id, NOW)
    monkeypatch.setattr("warehouse.frames.ROWS_AT_ONCE", 2)

    assert check(pulls.store, pull_id, NOW) == at_once
    assert at_once.warnings == ("pages: escalations is at least 0: 6 rows do not hold it: p0, p1, p2 and others",)
    assert at_once.rows == 7


def test_a_kind_that_fell_silent_is_a_warning(pulls, commit):
    pulls.publish([commit(n, committed_at=NOW - timedelta(days=20 + n)) for n in range(60)])
    result = checked(pulls, [])

    assert [warning.split(":")[0] for warning in result.warnings if "newest" in warning] == ["commits"]


def test_a_pull_without_news_is_published_without_a_look_and_says_so(pulls, commit):
    pulls.publish([commit(1)])
    result = checked(pulls, [commit(1)])

    assert (result.rows, result.is_published) == (0, True)


def test_an_unknown_pull_is_an_error(store):
    with pytest.raises(LookupError, match="there is no pull 99"):
        check(store, 99, NOW)


def test_nobody_loads_great_expectations_or_pandas_by_opening_the_warehouse():
    names = "sys.modules.keys() & {'great_expectations', 'pandas', 'airflow'}"
    command = [sys.executable, "-c", f"import sys, warehouse.store, warehouse.checks; print({names})"]
    run = subprocess.run(command, capture_output=True, text=True, check=True)

    assert run.stdout.strip() == "set()"


@pytest.mark.parametrize("at_once", [1, 2, 3, 20_000])
def test_a_record_that_is_there_twice_is_found_wherever_the_parts_of_a_check_meet(tmp_path, commit, monkeypatch, at_once):
    """A table whose key was taken away by hand: nothing of ours can put a record there twice."""
    monkeypatch.setattr("warehouse.frames.ROWS_AT_ONCE", at_once)
    with closing(Store.open(f"sqlite:///{tmp_path / 'warehouse.db'}")) as store:
        landing = store.land("git", Window(NOW - HOUR, NOW), map(commit, range(4)), service_of=lambda _: None, now=NOW)
        with store.writing() as connection:
            for statement in (
                "CREATE TABLE bare AS SELECT * FROM commits UNION ALL SELECT * FROM commits WHERE native_id = 'shop@1'",
                "DROP VIEW signals",
                "DROP TABLE commits",
                "ALTER TABLE bare RENAME TO commits",
            ):
                connection.exec_driver_sql(statement)
        result = check(store, landing.pull_id, NOW)
    assert (result.rows, result.critical) == (5, ("commits: no record is there twice: 2 rows do not hold it: shop@1",))
