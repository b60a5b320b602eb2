"""A warehouse of the first form with a password as the name of a setting: it goes with all that was made of it, and the repository is read again."""

import json
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import MetaData, make_url

from pipeline import steps
from pipeline.connections import connection
from pipeline.health import health
from pipeline.settings import load
from tests.connectors.git_history import History
from tests.warehouse.test_migrations import brought_to
from warehouse import database
from warehouse.frames import rows_of
from warehouse.store import Store

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)  # a Wednesday
SECRET = "Sommerwiese"  # made up; no form tells that it is one
NAME = f"shop@1:cache/redis.conf#requirepass {SECRET}"
SOUND = "shop@1:cache/redis.conf#maxmemory"


def before(engine, change, **fields):
    """Rows of the first form: a change, a finding about it, its prompts, a warning of its pull, and something of another source."""
    at = NOW - timedelta(days=2)
    instant = at if engine.dialect.name == "postgresql" else at.isoformat(" ", "microseconds")
    none = dict.fromkeys(("received", "loaded", "unchanged", "quarantined", "withdrawn", "requests"), 0)
    seen = {"first_seen_at": instant, "landed_by": 1}
    changes = {"system": "git", "target": change.partition(":")[2], "applied_at": instant, "is_bot": False, "title": f"Use {SECRET}", **seen}
    hit = {"detector": "NM-03", "family": "config", "service": "shop", "started_at": instant, "ended_at": instant, "confidence": 0.5}
    hit |= {"reading": "unclear", "evidence": json.dumps({"target": change}), "rule_version": "1", "first_seen_at": instant}
    miss = {"service": "shop", "started_at": instant, "ended_at": instant, "confidence": 0.5, "stakes": 2, "placement": "prompt", "state": "new"}
    miss |= {"hits": "[]", "detectors": "[]", "first_seen_at": instant}
    prompt = {
        "subject_kind": "near_miss",
        "tracker": "folder",
        "code": "LO-1",
        "title": f"{SECRET} went back",
        "body": SECRET,
        "attempt": 0,
        "opened_at": instant,
    }
    pull = {"status": "published", "attempts": 1, "degraded": "{}", "window_end": instant, "started_at": instant, "finished_at": instant, **none}
    start = {"window_start": NOW - timedelta(days=9) if engine.dialect.name == "postgresql" else "2026-06-01 00:00:00.000000+00:00"}
    warned = {"table": "config_changes", "expectation": "x", "severity": "warning", "detail": f"1 row: {change}", "checked_at": instant}
    tables = {
        "pulls": [{"id": 1, "source": "code", **pull, **start}, {"id": 2, "source": "flags", **pull, **start}],
        "checks": [{"pull_id": 1, **warned}],
        "config_changes": [
            {"source": "code", "native_id": change, **changes},
            {"source": "flags", "native_id": "f1", **changes, "system": "LaunchDarkly", "target": "shop/f1#on", "title": "on", "landed_by": 2},
        ],
        "commits": [{"source": "code", "native_id": "shop@1", "repo": "shop", "sha": "1", "committed_at": instant, "is_bot": False, **seen}],
        "near_miss_hits": [
            {"key": "h1", **hit, "trigger_source": "code", "trigger_id": change, "near_miss_key": "n1"},
            {"key": "h2", **hit, "evidence": "{}", "trigger_source": "flags", "trigger_id": "f1", "near_miss_key": "n2"},
        ],
        "near_misses": [{"key": "n1", **miss, "summary": f"{change} went back"}, {"key": "n2", **miss, "summary": "f1 went back"}],
        "prompts": [
            {"key": "p1", "subject_key": "n1", "state": "open", **prompt},
            {"key": "p2", "subject_key": "n2", "state": "open", **prompt, "title": "f1 went back", "body": "f1"},
        ],
    }
    tables["commits"][0] |= {"is_merge": False, "title": "Use it", "body": "", "paths": "[]", "co_authors": "[]"}
    brought_to(engine, "0001")
    known = MetaData()
    known.reflect(engine)
    with engine.execution_options(writer="alone").begin() as connected:
        for name, rows in tables.items():
            for row in rows:
                connected.execute(known.tables[name].insert(), {**row, **fields.get(name, {})})


@pytest.fixture
def old_url(empty_url):
    engine = database.engine_of(empty_url)
    before(engine, NAME)
    engine.dispose()
    return empty_url


def said(store):
    """Every text of every row, whatever it is."""
    names = ("config_changes", "commits", "near_miss_hits", "near_misses", "prompts", "pulls", "checks", "quarantine")
    return repr(
        [rows_of(store.read(name, is_withdrawn_too=True)) if name not in {"pulls", "checks"} else rows_of(store.read(name)) for name in names]
    )


def test_what_may_be_a_secret_goes_with_all_that_was_made_of_it_and_nothing_else_does(old_url):
    with closing(Store.open(old_url)) as store:
        assert SECRET not in said(store)
        assert list(store.read("commits").native_id) == ["shop@1"]
        assert (list(store.read("near_misses").key), list(store.read("near_miss_hits").key)) == (["n2"], ["h2"])
        assert list(store.read("config_changes").native_id) == ["f1"]
        prompts = {row["key"]: (row["state"], row["title"]) for row in rows_of(store.read("prompts"))}
        assert prompts == {"p1": ("open", "LO-1"), "p2": ("open", "f1 went back")}
        assert (store.covered("code"), len(store.covered("flags"))) == ([], 1)
    if make_url(old_url).database.endswith(".db"):
        assert SECRET.encode() not in Path(make_url(old_url).database).read_bytes()


def test_the_next_run_reads_the_repository_again_and_health_says_so_until_then(tmp_path, monkeypatch):
    monkeypatch.setenv("SOUNDINGS_AS_OF", NOW.isoformat())
    monkeypatch.chdir(tmp_path)
    history = History(tmp_path / "shop")
    history.at = NOW - timedelta(days=40)
    history.change("cache/redis.conf", f"maxmemory 1gb\nrequirepass {SECRET}\n", f"Use {SECRET}")
    history.change("cache/redis.conf", f"maxmemory 2gb\nrequirepass {SECRET}\n")
    toml = '[sources.code]\nuse = "git"\npath = "shop"\nconfig = ["**/*.conf"]\n[services.shop]\nrepositories = ["shop"]\n'
    (tmp_path / "soundings.toml").write_text(toml)
    settings = load(tmp_path / "soundings.toml")
    engine = database.engine_of(settings.warehouse_url)
    before(engine, NAME)
    engine.dispose()
    with steps.warehouse(settings) as store:
        [trouble] = [one for one in health(settings, store).troubles if one.where == "source code"]
        assert (trouble.what, trouble.needs_person) == ("what an earlier version took for names of settings is gone from the warehouse", False)
        assert trouble.remedy == "Nothing to do: the next pull reads it again."
        steps.pull(settings, store, "code", connection, start=None, end=NOW)
        steps.derive(settings, store)
        targets = set(store.read("config_changes").query("source == 'code'").target)
        assert "cache/redis.conf#maxmemory" in targets
        assert len(targets) == 2
        assert SECRET not in said(store)
        assert not [one for one in health(settings, store).troubles if one.where == "source code"]
    assert not [path for path in tmp_path.glob("soundings.db*") if SECRET.encode() in path.read_bytes()]
