"""From a repository with secrets in files, names and messages to everything a run leaves: none of them is anywhere."""

import zlib
from datetime import timedelta

import pytest
from sqlalchemy import create_engine, select
from typer.testing import CliRunner

from pipeline.cli import app
from pipeline.discretion import discreet
from signals.pulled import Unfit
from signals.records import ConfigChange
from tests.connectors.git_history import History
from tests.pipeline.conftest import NOW, rollback
from warehouse.schema import metadata

TOKEN, PLAIN, LABEL, KEY = "ghp_wrenandmagpieandwagtail0", "thistle7down", "gorseandbroom5", "AKIA2BRAMBLEHEDGE7Q"
CANARIES = (TOKEN, PLAIN, LABEL, KEY)
SOURCE = """
[sources.records]
use = "files"
path = "records"

[sources.code]
use = "git"
path = "code"
repo = "acme/cart"
config = ["**"]
allow = ["*"]
"""


def settings(history, password):
    history.write("config/app.yaml", f"note: &p {password}\npassword: *p\nretries: 3\nowner: 'old {password}'\n")
    history.write("config/redis.conf", f"maxmemory 1mb\nrequirepass {password}\n")
    history.write("config/hosts.ini", f"[auth {LABEL}]\nuser = x\npassword = {LABEL}\n")


@pytest.fixture
def left(place, monkeypatch):
    """What a run leaves: a folder of files, the tables, and what each command prints."""
    history = History(place.folder / "code")
    history.at = NOW - timedelta(hours=60)
    settings(history, "unset")
    history.commit("Begin")
    settings(history, PLAIN)
    history.write(f"keys/{TOKEN}.txt", "x")
    place.record("deploys", rollback("cart", title=f"Deploy with {TOKEN} and --password {LABEL}"))
    undone = history.commit(f"Add {TOKEN}\n\nSet password to {PLAIN}; the run needs --password {LABEL} and {KEY}")
    history.at += timedelta(hours=1)
    history.git("revert", "--no-edit", undone)
    place.configure('[trackers.tickets]\nuse = "folder"\npath = "tickets"\ndry_run = false\n', records=SOURCE, services=())
    with place.path.open("a") as file:
        file.write('\n[services.cart]\nteam = "checkout"\nrepositories = ["acme/cart"]\n')
    monkeypatch.chdir(place.folder)
    said = [CliRunner().invoke(app, command.split()) for command in ("--log run", "doctor", "health", "quarantine", "prompts --dry-run")]
    return place, said


def tables(place):
    engine = create_engine(place.settings.warehouse_url)
    with engine.connect() as connection:
        for table in metadata.sorted_tables:
            for row in connection.execute(select(table)):
                yield table.name, " ".join(zlib.decompress(value).decode() if isinstance(value, bytes) else str(value) for value in row)
    engine.dispose()


def test_no_secret_of_a_repository_is_in_anything_a_run_leaves(left):
    place, said = left
    rows = list(tables(place))
    ours = [path for path in place.folder.rglob("*") if path.is_file() and not {"code", "records"} & set(path.parts)]
    texts = [*rows, *((str(path.relative_to(place.folder)), path.read_bytes().decode("utf-8", "replace")) for path in ours)]
    texts += [(f"output {number}", done.output + str(done.exception or "")) for number, done in enumerate(said)]

    assert {"commits", "config_changes", "near_misses"} <= {name for name, _ in rows}
    assert [path for path in ours if "tickets" in path.parts], "a ticket was opened"
    assert [(name, canary) for name, text in texts for canary in CANARIES if canary in name or canary in text] == []


def test_the_words_around_a_secret_land(left):
    place, _ = left
    with place.open() as store:
        titles = set(store.read("commits", ["title"])["title"])

    assert titles == {"Begin", "Add ***", 'Revert "Add ***"'}


def test_a_record_that_is_set_aside_is_cleared_too():
    raw = {"text": [f"use {TOKEN}"], "db": {"password": "x1"}, "n": 1}
    [found] = discreet([Unfit("pages", f"no time in {TOKEN}", raw, "1")])

    assert (found.reason, found.raw) == ("no time in ***", {"text": ["use ***"], "db": {"password": "***"}, "n": 1})


def test_a_setting_that_another_tool_tells_is_cleared_in_its_name_and_values():
    said = {"target": f"url https://ada:{PLAIN}@h.example/", "old_value": "plain", "new_value": TOKEN}
    [found] = discreet([ConfigChange(native_id="1", scope="cart", system="consul", applied_at=NOW, **said)])

    assert (found.target, found.old_value, found.new_value) == ("url https***h.example/", "plain", "***")


@pytest.mark.parametrize("written", [" x1", ";x1", "'x1'", "\nx1"])
def test_a_field_that_is_called_a_secret_is_cleared_whatever_its_value_begins_with(written):
    [found] = discreet([Unfit("pages", "no time", {"db": [{"password": written}]}, "1")])

    assert found.raw == {"db": [{"password": "***"}]}


def test_a_raw_form_may_be_of_any_shape():
    [found] = discreet([Unfit("pages", "no time", (1, None, {"token": TOKEN}, [TOKEN, 2]), "1")])

    assert found.raw == (1, None, {"token": "***"}, ["***", 2])


def test_what_has_no_secret_is_the_same_object():
    record = Unfit("pages", "no time", {"text": "token expired"}, "1")

    assert next(discreet([record])) is record
