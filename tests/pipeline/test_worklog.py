import json
import logging
import re
import subprocess
import sys

import pytest

from connectors.errors import Refused
from pipeline import steps
from pipeline.connections import connection
from pipeline.worklog import line
from tests.pipeline.conftest import NOW, rollback


def fields(message):
    found = re.findall(r'(\w+)=("(?:[^"\\]|\\.)*"|\S+)', message)
    return {name: json.loads(value) if value.startswith('"') else value for name, value in found}


@pytest.fixture
def lines(caplog):
    caplog.set_level(logging.INFO, "soundings")
    return lambda: [fields(record.getMessage()) for record in caplog.records if record.name == "soundings"]


def test_each_record_of_work_is_one_line_with_the_figures_of_the_ledger(place, lines):
    place.record("deploys", [*rollback("cart"), {"native_id": "torn"}])
    with place.open() as store:
        steps.run(place.settings, store, connection)
        [pull] = store.read("pulls").to_dict("records")

    told = {line["event"]: line for line in lines()}
    assert [line["event"] for line in lines()] == ["pulled", "pull_checked", "derived", "prompts_planned", "report_written"]
    for name in ("received", "loaded", "unchanged", "quarantined", "requests", "attempts"):
        assert told["pulled"][name] == str(pull[name])
    assert (told["pulled"]["source"], told["pulled"]["received"], told["pulled"]["quarantined"]) == ("records", "4", "1")
    assert told["pulled"]["window_end"] == NOW.isoformat()
    assert told["pulled"]["pull_id"] == told["pull_checked"]["pull_id"] == str(pull["id"])
    assert (told["derived"]["near_misses"], told["prompts_planned"]["planned"]) == ("1", "1")


def test_a_pull_that_did_not_work_says_which_source_what_and_what_to_do_everywhere(place, lines, monkeypatch):
    place.configure(records='[sources.code]\nuse = "github"\nconn_id = "code"\nrepositories = ["a/b"]\n')
    monkeypatch.setenv("AIRFLOW_CONN_CODE", "{")
    with place.open() as store, pytest.raises(Refused, match=r"(?s)^\[sources.code\] .*AIRFLOW_CONN_CODE.*doctor") as raised:
        steps.pull(place.settings, store, "code", connection, start=None, end=NOW)
    with place.open() as store:
        [pull] = store.read("pulls").to_dict("records")

    [told] = lines()
    assert (told["event"], told["source"]) == ("pull_failed", "code")
    assert (told["said"], told["remedy"], told["kind"]) == (pull["detail"], pull["remedy"], pull["failure"])
    assert str(raised.value) == f"[sources.code] {told['said']}\n{told['remedy']}"


def test_a_prompt_that_is_held_back_says_why(found, lines):
    found.configure("[policy]\nbudget_team_week = 2\n")
    with found.open() as store:
        steps.prompt(found.settings, store, connection)
        withheld = {row["code"]: row["withheld_reason"] for row in store.read("prompts", where={"state": ("withheld",)}).to_dict("records")}

    assert len(withheld) == 1
    assert {line["code"]: line["reason"] for line in lines() if line["event"] == "prompt_withheld"} == withheld


@pytest.mark.parametrize("hostile", ["::error::gone", "one\ntwo", "a\x1b[31mred", "a b", 'quote " and \\', "\u202eevil", "a::b", ""])
def test_words_from_outside_stay_on_their_line_and_command_no_viewer(hostile):
    message = line("pulled", {"said": hostile, "source": "a"})

    assert fields(message) == {"event": "pulled", "said": hostile, "source": "a"}
    assert "::" not in message
    assert message.isprintable()
    assert message.isascii()


def test_the_command_is_quiet_until_it_is_asked_to_log(place):
    def ran(*options):
        command = [sys.executable, "-m", "pipeline", *options, "derive", "--config", str(place.path), "--json"]
        return subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)

    assert ran().stderr == ""
    loud = ran("--log")
    assert json.loads(loud.stdout)["hits"] == 0
    assert re.fullmatch(r"at=\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z level=INFO event=derived hits=0 .*seconds=[\d.]+\n", loud.stderr)
