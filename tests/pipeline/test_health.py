import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime

from demo.vendors.pagerduty import PagerDuty
from demo.vendors.server import Response, serve
from demo.vendors.weather import answer
from pipeline import steps
from pipeline.connections import connection
from pipeline.health import examine
from pipeline.settings import load

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

    assert (found["state"], found["seen_until"]) == ("well", "nothing yet")
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
    assert "change_events" in found["degraded"]


def test_a_vendor_that_cannot_answer_now_is_busy(tmp_path, monkeypatch):
    found = examined(tmp_path, monkeypatch, PagerDuty(), [answer(503, retry_after="3600")])["source pages"]

    assert found["state"] == "busy"


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
