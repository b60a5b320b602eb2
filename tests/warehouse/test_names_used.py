from collections import Counter
from contextlib import closing
from datetime import timedelta

import pytest

from signals.pulled import Unfit
from signals.records import Commit, ConfigChange, Deploy, Shift
from signals.windows import Window
from tests.warehouse.vendor import START
from warehouse.forgetting import identities
from warehouse.names_used import names_used
from warehouse.shares import files_read, set_aside
from warehouse.store import Store

WEEK = timedelta(days=7)
RECORDS = [
    Commit(native_id="r@1", repo="r", sha="1", scope="r", author="ada", co_authors=("bo", "cy"), committed_at=START),
    Commit(native_id="r@2", repo="r", sha="2", scope="r", author="ada", committed_at=START),
    ConfigChange(native_id="f1", scope="r", system="git", target="a/b.yaml#x.y", environment="prod-eu", applied_at=START, actor="bo"),
    ConfigChange(native_id="f2", scope="r", system="git", target="a/b.yaml#z", applied_at=START),
    Deploy(native_id="d1", scope="web", environment="live", version="1", started_at=START),
    Shift(native_id="s1", person="dee", schedule="rota", scope="rota", starts_at=START - WEEK, ends_at=START),
    Shift(native_id="s2", person="eve", schedule="rota", scope="rota", starts_at=START - 2 * WEEK, ends_at=START - WEEK),
    Unfit("deploys", "odd", {"id": "d2"}, "d2"),
    Unfit("deploys", "odd", {"id": "d3"}, "d3"),
    Unfit("files", "not read", None, "notes.md"),
]


@pytest.fixture
def looking(warehouse_url):
    with closing(Store.open(warehouse_url)) as store:
        window = Window(START - timedelta(hours=1), START + timedelta(hours=1))
        landing = store.land("all", window, RECORDS, service_of=lambda record: record.scope, now=START)
        store.publish(landing.pull_id, START)
        with store.reading() as connection:
            yield connection


def test_the_names_vendors_use_are_counted(looking):
    used = names_used(looking, START - timedelta(days=1))

    assert used.services == {"r": Counter(commits=2, config_changes=2), "web": Counter(deploys=1)}
    assert used.environments == Counter({("r", "prod-eu"): 1, ("web", "live"): 1})
    assert (used.schedules, used.on_call) == (Counter(rota=2), Counter(dee=1))
    assert used.kinds == {"all": frozenset({"commits", "config_changes", "deploys", "files"})}


def test_identities_are_those_of_columns_of_identities_alone(looking):
    assert identities(looking) == Counter(ada=2, bo=2, cy=1, dee=1, eve=1)


def test_what_was_set_aside_is_counted_beside_what_was_taken_of_its_table_and_time(looking):
    [share] = set_aside(looking, "all", START)

    assert (share["kind"], share["count"], share["taken"], share["since"]) == ("deploys", 2, 1, START)
    assert list(set_aside(looking, "another", START)) == []
    assert files_read(looking, "all") == {"a/b.yaml"}
