"""Pulls that landed and were not published: what they hide is asked for again, and nobody waits for them."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from pipeline import steps
from pipeline.cli import app
from pipeline.connections import connection
from pipeline.failures import Held
from pipeline.publishing import check
from pipeline.settings import load
from signals.windows import Window

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)
CONFIGURATION = """
[sources.history]
use = "files"
path = "records"
"""


def deploy(number, title="", month=6):
    at = f"2026-{month:02}-0{number}T09:00:00Z"
    return {"native_id": f"d{number}", "service": "web", "environment": "production", "version": f"v{number}", "started_at": at, "title": title}


@pytest.fixture
def place(tmp_path, monkeypatch):
    monkeypatch.setenv("SOUNDINGS_AS_OF", NOW.isoformat())
    (tmp_path / "soundings.toml").write_text(CONFIGURATION)
    (tmp_path / "records").mkdir()

    def write(rows, bad=0):
        lines = [json.dumps(row) for row in rows] + [f"not JSON {n}" for n in range(bad)]
        (tmp_path / "records" / "deploys.jsonl").write_text("\n".join(lines) + "\n")
        return load(tmp_path / "soundings.toml")

    return write


def pull(settings, store):
    return steps.pull(settings, store, "history", connection, start=None, end=NOW)


def test_rows_a_held_pull_hides_come_back_with_the_next_good_one(place):
    settings = place([deploy(1), deploy(2), deploy(3)])
    with steps.warehouse(settings) as store:
        pull(settings, store)
        place([deploy(1), deploy(2, "changed"), deploy(3)], bad=25)
        with pytest.raises(Held):
            pull(settings, store)
        assert len(store.read("deploys")) == 2
        place([deploy(1), deploy(2, "changed"), deploy(3)])
        pull(settings, store)

        assert store.read("deploys")["title"].tolist() == ["", "changed", ""]
        assert [window.end for window in store.covered("history")] == [NOW]


def test_a_window_whose_rows_are_out_of_sight_is_not_covered(place):
    settings = place([deploy(1), deploy(2, month=1)])
    with steps.warehouse(settings) as store:
        pull(settings, store)
        place([deploy(1), deploy(2, "changed", month=1)])
        january = Window(datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC))
        steps.land(settings, store, "history", january, connection)

        assert [(window.start, window.end) for window in store.covered("history")][-1] == (january.end, NOW)
        assert january.start in [window.end for window in store.covered("history")]


def test_what_was_in_quarantine_before_holds_no_later_pull_back(place):
    settings = place([deploy(number) for number in range(1, 10)] * 60, bad=25)
    with steps.warehouse(settings) as store:
        pull(settings, store)
        again = pull(place([deploy(1)], bad=25), store)

    assert (again["received"], again["quarantined"]) == (26, 25)


def test_a_pull_that_died_between_landing_and_check_stops_nothing_once_it_was_overtaken(place):
    settings = place([deploy(1)])
    with steps.warehouse(settings) as store:
        steps.land(settings, store, "history", Window(datetime(2026, 6, 1, tzinfo=UTC), NOW), connection)
        waiting = steps.derive(settings, store)
        pull(settings, store)

        assert waiting == {"pulls_being_checked": 1}
        assert "near_misses" in steps.derive(settings, store)


def test_a_first_run_beside_another_that_is_reading_says_so_and_did_not_fail(place, tmp_path):
    june = Window(datetime(2026, 6, 1, tzinfo=UTC), NOW)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "deploys.jsonl").write_text(json.dumps(deploy(2)) + "\n")
    place([deploy(1)])
    (tmp_path / "soundings.toml").write_text(f'{CONFIGURATION}[sources.other]\nuse = "files"\npath = "other"\n')
    both = load(tmp_path / "soundings.toml")
    with steps.warehouse(both) as store:
        landed = steps.land(both, store, "other", june, connection)  # by the other run, which is about to check it
        (tmp_path / "soundings.toml").write_text(CONFIGURATION)
        beside = CliRunner().invoke(app, ["run", "--config", str(tmp_path / "soundings.toml")])
        asked = CliRunner().invoke(app, ["report", "--config", str(tmp_path / "soundings.toml")])
        check(store, [landed.pull_id])
        (tmp_path / "soundings.toml").write_text(CONFIGURATION)
        later = CliRunner().invoke(app, ["run", "--config", str(tmp_path / "soundings.toml")])

    assert beside.exit_code == 0, beside.output
    assert "report: Another run is reading at this moment" in beside.stdout
    assert (asked.exit_code, asked.stderr.startswith("Another run is reading")) == (1, True)
    assert (later.exit_code, "soundings-2026-W23.html" in later.stdout) == (0, True)


def test_a_ticket_folder_that_cannot_be_written_is_named_and_the_report_is_made_all_the_same(place, tmp_path):
    place([deploy(1), deploy(2), {**deploy(3), "version": "v1", "started_at": "2026-06-02T09:30:00Z"}])
    (tmp_path / "prompts").write_text("a file where the folder would be")
    (tmp_path / "soundings.toml").write_text(f'{CONFIGURATION}\n[trackers.tickets]\nuse = "folder"\npath = "prompts"\ndry_run = false\n')
    settings = load(tmp_path / "soundings.toml")
    with steps.warehouse(settings) as store:
        figures = steps.run(settings, store, connection)
        states = store.read("prompts")["state"].tolist()

    assert "[trackers.tickets]" in figures["failed"]["prompt"]
    assert (tmp_path / "report" / "soundings-2026-W23.html").exists()
    assert states == ["intent"]
