import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

import pytest

from connectors.errors import Busy, Refused
from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer
from pipeline import steps
from pipeline.connections import connection
from pipeline.health import examine, health, reach
from pipeline.settings import load
from tests.pipeline.conftest import NOW

CONFIGURATION = """
[sources.pages]
use = "pagerduty"
conn_id = "pages"

[trackers.tickets]
use = "folder"
path = "prompts"
"""


def examined(tmp_path, monkeypatch, app, faults=()):
    (tmp_path / "soundings.toml").write_text(CONFIGURATION)
    with serve(app) as server:
        server.faults += faults
        monkeypatch.setenv("AIRFLOW_CONN_PAGES", json.dumps({"conn_type": "http", "host": server.url, "password": "made-up-token"}))
        settings = load(tmp_path / "soundings.toml")
        with steps.warehouse(settings) as store:
            return examine(settings, store, connection)


def test_a_source_in_reach_is_well_and_its_clock_is_ours(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, PagerDuty())["source pages"]

    assert (found["state"], found["seen_until"]) == ("well", None)
    assert abs(found["clock_ahead_seconds"]) <= 2


def test_a_wrong_key_is_refused_and_said_without_the_key(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, PagerDuty(token="another-token"))["source pages"]

    assert found["state"] == "refused"
    assert "401" in found["said"]
    assert "made-up-token" not in str(found)


def test_a_part_the_plan_lacks_is_degraded_and_named(tmp_path, monkeypatch):
    account = PagerDuty()
    account.unpaid.add("change_events")
    found = examined(tmp_path, monkeypatch, account)["source pages"]

    assert found["state"] == "degraded"
    [trouble] = [one for one in found["troubles"] if one["what"].startswith("change_events: ")]
    assert not trouble["needs_person"], "what the plan lacks nobody here can mend"


def test_a_vendor_that_cannot_answer_now_is_busy(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, PagerDuty(), [answer(503, retry_after="3600")])["source pages"]

    assert found["state"] == "busy"
    assert not any(one["needs_person"] for one in found["troubles"])


def test_what_was_busy_for_a_day_by_the_ledger_needs_a_person(tmp_path, monkeypatch):
    (tmp_path / "soundings.toml").write_text(CONFIGURATION)
    with serve(lambda _: Response(503, headers={"Retry-After": "3600"})) as server:
        monkeypatch.setenv("AIRFLOW_CONN_PAGES", json.dumps({"conn_type": "http", "host": server.url, "password": "made-up-token"}))
        settings = load(tmp_path / "soundings.toml")
        with steps.warehouse(settings) as store:
            told = []
            for hours in (0, 25):
                monkeypatch.setenv("SOUNDINGS_AS_OF", (NOW + timedelta(hours=hours)).isoformat())
                with pytest.raises(Busy):
                    steps.pull(settings, store, "pages", connection, start=None, end=NOW + timedelta(hours=hours))
                asked = examine(settings, store, connection)["source pages"]["troubles"]
                told.append((any(one["needs_person"] for one in asked), bool(health(settings, store).needs_person)))

    assert told == [(False, False), (True, True)]


def test_a_clock_that_is_ahead_is_told(tmp_path, monkeypatch):
    account = PagerDuty()

    def ahead(request):
        answered = account(request)
        told = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
        return Response(answered.status, json=answered.json, headers={**answered.headers, "Date": told})

    found = examined(tmp_path, monkeypatch, ahead)["source pages"]
    assert 590 <= found["clock_ahead_seconds"] <= 610
    assert ("the vendor's clock and the one here differ by 10 minutes", True) in [(one["what"], one["needs_person"]) for one in found["troubles"]]


def test_a_tracker_says_whether_it_opens_tickets(tmp_path, monkeypatch):
    assert examined(tmp_path, monkeypatch, PagerDuty())["tracker tickets"] == {
        "state": "well",
        "said": "",
        "mode": "dry run",
        "troubles": [],
    }


def test_what_is_refused_now_is_told_once_with_the_time_it_was_first_refused(tmp_path, monkeypatch):
    (tmp_path / "soundings.toml").write_text(CONFIGURATION)
    first = datetime(2026, 6, 10, 12, tzinfo=UTC)
    with serve(PagerDuty(token="another-token")) as server:
        monkeypatch.setenv("AIRFLOW_CONN_PAGES", json.dumps({"conn_type": "http", "host": server.url, "password": "made-up-token"}))
        settings = load(tmp_path / "soundings.toml")
        with steps.warehouse(settings) as store:
            for hours in (0, 1, 2):
                monkeypatch.setenv("SOUNDINGS_AS_OF", (first + timedelta(hours=hours)).isoformat())
                with pytest.raises(Refused):
                    steps.pull(settings, store, "pages", connection, start=None, end=first + timedelta(hours=hours))
            [trouble] = examine(settings, store, connection)["source pages"]["troubles"]

    assert (trouble["since"], trouble["needs_person"]) == (first, True)
    assert "401" in trouble["what"]
    assert "3 tries, the last at 2026-06-10 14:00 UTC" in trouble["what"]
    assert trouble["remedy"].startswith("The credential is not accepted")


@pytest.mark.parametrize(("scopes", "told"), [("repo, read:org, admin:org", "repo, admin:org"), ("read:org, user:email", None), ("", None)])
def test_a_classic_token_that_may_write_is_noted_and_needs_nobody(tmp_path, monkeypatch, scopes, told):
    (tmp_path / "soundings.toml").write_text('[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n')
    with serve(lambda _: Response(401, json=[], headers={"X-OAuth-Scopes": scopes})) as server:
        monkeypatch.setenv("AIRFLOW_CONN_CODE", json.dumps({"conn_type": "http", "host": server.url, "password": "made-up-token"}))
        settings = load(tmp_path / "soundings.toml")
        with steps.warehouse(settings) as store:
            found = examine(settings, store, connection)["source code"]["troubles"]

    noted = [one for one in found if one["what"].startswith("the token may do more than read")]
    assert [one["what"].partition(": ")[2] for one in noted] == ([told] if told else [])
    assert not any(one["needs_person"] for one in noted)


def test_a_schedule_that_rests_at_the_weekend_is_not_late_on_monday_morning(place, at):
    def state(schedule, read_until, present):
        place.configure(records=f'[sources.records]\nuse = "files"\npath = "records"\nschedule = "{schedule}"\n')
        at(present)
        place.record("deploys", [])
        with place.open() as store:
            steps.pull(place.settings, store, "records", connection, start=read_until - timedelta(days=1), end=read_until)
            return health(place.settings, store).sources[0].state

    friday, monday = datetime(2026, 6, 12, 6, tzinfo=UTC), datetime(2026, 6, 15, 6, 1, tzinfo=UTC)
    assert state("0 6 * * 1-5", friday, monday) == "well"
    assert state("0 * * * *", friday, monday) == "late"


def test_the_gauges_tell_how_far_and_how_many_windows_are_missing(place):
    with place.open() as store:
        assert reach(place.settings, store, "records") == {}
        for start, end in ((9, 6), (3, 1)):
            span = {"start": NOW - timedelta(hours=start), "end": NOW - timedelta(hours=end)}
            steps.pull(place.settings, store, "records", connection, **span)
        assert reach(place.settings, store, "records") == {"freshness_seconds": 3600, "windows_not_covered": 1}
