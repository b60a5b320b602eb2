from datetime import UTC, datetime, timedelta

import pytest

from signals.records import Commit, Shift
from signals.windows import Window
from warehouse.store import Store

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)


class Pulls:
    """Lands and publishes with the defaults most tests want."""

    window = Window(NOW - timedelta(days=1), NOW)

    def __init__(self, store):
        self.store = store

    def land(self, records, *, source="git", window=window, now=NOW, **options):
        return self.store.land(source, window, records, service_of=lambda record: record.scope or "unmapped", now=now, **options)

    def publish(self, records, **options):
        landing = self.land(records, **options)
        self.store.publish(landing.pull_id, NOW)
        return landing


@pytest.fixture
def store(warehouse_url):
    store = Store.open(warehouse_url)
    yield store
    store.engine.dispose()


@pytest.fixture
def pulls(store):
    return Pulls(store)


@pytest.fixture
def commit():
    def make(name, **fields):
        values = {"repo": "shop", "sha": str(name), "author": "ada", "committed_at": NOW - timedelta(hours=1), "scope": "shop", "title": "Change"}
        return Commit(native_id=f"shop@{name}", **{**values, **fields})

    return make


@pytest.fixture
def shift():
    def make(name, start, hours, **fields):
        begins = NOW + timedelta(hours=start)
        values = {"scope": "rota", "person": "ada", "schedule": "rota", "starts_at": begins, "ends_at": begins + timedelta(hours=hours)}
        return Shift(native_id=str(name), **{**values, **fields})

    return make
