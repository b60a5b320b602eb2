import json

import pytest
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.health import health
from tests.pipeline.conftest import NOW, rollback


@pytest.fixture
def ran(place, monkeypatch):
    monkeypatch.chdir(place.folder)
    return lambda *command: CliRunner().invoke(app, command)


def troubles(place):
    with place.open() as store:
        return [(one.what, one.remedy, one.needs_person) for one in health(place.settings, store).troubles if one.where == "source records"]


def test_deploys_whose_word_for_success_nobody_knows_are_told_by_doctor_warnings_and_report(ran, place):
    place.record("deploys", [*rollback("cart", status="gut"), *rollback("till", status="Erledigt")])
    ran("run")

    [(what, remedy, is_needed)] = troubles(place)
    assert what.startswith(
        '6 of its deploys have a status that is no word we know: "Erledigt" (3), "gut" (3); such a deploy does not count as gone live'
    )
    assert remedy == "Write one of these where they come from, and read that time again: success, failed, cancelled, running, superseded."
    assert is_needed
    done = ran("doctor")
    assert (done.exit_code, what in done.stdout) == (1, True)
    assert "found 'Erledigt', 'gut', known are success" in ran("warnings").stdout
    ran("report", "--week", "2026-W24")
    letter = (place.folder / "report" / "soundings-2026-W24.md").read_text()
    assert "- NM-01 step-back deploy: records has 6 deploys whose status is none we know: 'Erledigt', 'gut'" in letter


@pytest.mark.parametrize("status", ["Success", "SUCCEEDED", " ok ", "complete"])
def test_a_word_that_is_understood_is_found_by_the_detector_and_warned_of_by_nobody(ran, place, status):
    place.record("deploys", rollback("cart", status=status))
    done = ran("run", "--json")

    assert json.loads(done.stdout)["derive"]["near_misses"] == 1
    assert ran("warnings").stdout == "No check warned.\n"
    assert troubles(place) == []


@pytest.mark.parametrize(
    ("kind", "row", "said"),
    [
        ("incidents", {"kind": "outage"}, '"outage" (1); such an incident does not count as a real one'),
        ("incidents", {"severity_initial": "Very bad"}, 'nothing maps what it calls severities of incidents: "Very bad" (1)'),
        ("pages", {"resolved_by_kind": "robot"}, '"robot" (1); such a page does not count as ended by itself'),
        ("reviews", {"level": "R9"}, '"R9" (1); such a review counts as none'),
        ("reviews", {"subject_kind": "outage"}, '"outage" (1); such a review is found by the identity alone'),
        ("shifts", {"origin": "swapped"}, '"swapped" (1); such a shift does not count as the rotation\'s own'),
        ("interruptions", {"channel": "pigeon"}, '"pigeon" (1); such a call counts as one that wakes'),
    ],
)
def test_another_closed_list_is_told_alike(ran, place, kind, row, said):
    at = NOW.isoformat().replace("T12", "T11")
    every = {"title": "t", "person": "ana", "schedule": "s", "subject_kind": "page", "subject_id": "p", "level": "R1"}
    times = dict.fromkeys(("declared_at", "triggered_at", "sent_at", "starts_at"), at) | {"ends_at": NOW.isoformat()}
    place.record(kind, [{"native_id": "one", **(every if kind != "shifts" else every | {"level": 1}), **times, **row}])
    assert ran("pull", "records").exit_code == 0

    assert any(said in what for what, _, _ in troubles(place)), troubles(place)
