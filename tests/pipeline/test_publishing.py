from datetime import timedelta

from pipeline import steps
from pipeline.connections import connection
from pipeline.publishing import published
from tests.pipeline.conftest import NOW, rollback

DAY = timedelta(days=1)


def test_several_windows_are_told_as_one_time_with_all_their_records(place):
    place.record("deploys", [*rollback("cart"), {"native_id": "torn"}])
    with place.open() as store:
        for days in (3, 1):
            steps.pull(place.settings, store, "records", connection, start=NOW - days * DAY, end=NOW - (days - 1) * DAY)
        lines = store.read("pulls")
        said = published(store, lines["id"].tolist())

    assert (said["window_start"], said["window_end"], said["windows"]) == ((NOW - 3 * DAY).isoformat(), NOW.isoformat(), 2)
    assert said["received"] == lines["received"].sum() == said["loaded"] + said["unchanged"] + said["quarantined"]


def test_a_check_of_nothing_says_nothing(place):
    with place.open() as store:
        assert published(store, []) == {}
