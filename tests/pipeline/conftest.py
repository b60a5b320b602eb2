import json
import re
import shutil
from datetime import UTC, datetime, timedelta

import pytest

from pipeline import settings, steps
from pipeline.connections import connection
from pipeline.dag_files import import_errors

NOW = datetime(2026, 6, 10, 12, tzinfo=UTC)  # a Wednesday
TEAM = '[teams.checkout]\nzone = "UTC"\nhours = "09:00-18:00"\n'


def rollback(service, hours_ago=40, **fields):
    """Three deploys: the second one was taken back after half an hour."""
    begun = NOW - timedelta(hours=hours_ago)
    times = [begun - timedelta(days=2), begun, begun + timedelta(minutes=30)]
    return [
        {
            "native_id": f"{service}/{number}",
            "scope": service,
            "environment": "production",
            "version": version,
            "started_at": at.isoformat(),
            "finished_at": (at + timedelta(minutes=5)).isoformat(),
            "status": "success",
            **fields,
        }
        for number, (version, at) in enumerate(zip(["v1", "v2", "v1"], times, strict=True))
    ]


@pytest.fixture
def dag_files():
    """Whether Airflow can import the DAG files is tried."""


@pytest.fixture(autouse=True)
def _where_no_dag_file_is(request, monkeypatch, tmp_path_factory):
    """To try that takes two seconds: `health` and `doctor` of other tests meet a folder without any."""
    if "dag_files" not in request.fixturenames:
        monkeypatch.setattr(import_errors, "__defaults__", (tmp_path_factory.getbasetemp(),))


class Place:
    """A folder with a soundings.toml, and records in JSON lines that the `files` source reads."""

    def __init__(self, folder):
        self.folder, self.path = folder, folder / "soundings.toml"
        (folder / "records").mkdir()
        self.configure()

    def configure(self, *tables, services=("cart", "pay", "ship"), records='[sources.records]\nuse = "files"\npath = "records"\n'):
        owned = [f'[services.{name}]\nteam = "checkout"\n' for name in services]
        self.path.write_text("\n".join([records, TEAM, *owned, *tables]))

    def record(self, kind, rows):
        (self.folder / "records" / f"{kind}.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))

    @property
    def settings(self):
        return settings.load(self.path)

    def open(self):
        return steps.warehouse(self.settings)


@pytest.fixture
def said(tmp_path):
    """What is said about a file: its lines as (line number, key, advice)."""

    def read(text):
        path = tmp_path / "soundings.toml"
        path.write_text(text)
        with pytest.raises(settings.Unusable) as raised:
            settings.load(path)
        found = [re.fullmatch(rf"{re.escape(str(path))}:(\d+): (?:([\w.\"]+): )?(.*)", line) for line in str(raised.value).splitlines()]
        return [(int(match[1]), match[2], match[3]) for match in found]

    return read


@pytest.fixture
def at(monkeypatch):
    """Set the clock."""

    def set_to(instant):
        monkeypatch.setenv("SOUNDINGS_AS_OF", instant.isoformat())

    return set_to


@pytest.fixture
def place(tmp_path, at, _sqlite_template):
    at(NOW)
    shutil.copy(_sqlite_template, tmp_path / "soundings.db")  # its tables are made once for all tests
    return Place(tmp_path)


@pytest.fixture
def found(place):
    """A place where three services took a deploy back, pulled and derived."""
    place.record("deploys", [row for name in ("cart", "pay", "ship") for row in rollback(name)])
    with place.open() as store:
        steps.pull(place.settings, store, "records", connection, start=None, end=NOW)
        steps.derive(place.settings, store)
    return place
