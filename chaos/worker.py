"""One run of the product at one place: what a process does that may die at any moment."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import timedelta
from functools import lru_cache, partial
from pathlib import Path

from sqlalchemy import update

from chaos.world import ATTIC, LEARNING, SERVICES, World
from connectors import http
from connectors.errors import Busy, Refused
from pipeline import connections, steps
from pipeline.failures import Held
from pipeline.settings import Settings, load
from signals.clock import now
from warehouse import database, store
from warehouse.schema import prompts
from warehouse.store import Store

_DEADLINE = 1.0  # seconds for a request: nothing here is far away
_TOML = """
[warehouse]
url = "{url}"
[sources.github]
use = "github"
conn_id = "github"
since = 2026-05-25T00:00:00Z
repositories = {repositories}
[sources.pagerduty]
use = "pagerduty"
conn_id = "pagerduty"
since = 2026-06-08T00:00:00Z
{services}
[teams.checkout]
zone = "UTC"
hours = "00:00-23:59"
workdays = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
[policy]
budget_team_week = 50
budget_organisation_week = 50
wait_unknown_minutes = {wait}
[trackers.main]
use = "github"
dry_run = false
conn_id = "tracker"
repository = "{learning}"
[report]
out = "report"
"""


def hurry() -> None:
    """Requests wait for nobody: no backoff, no budget a minute, a short deadline. Statements are compiled once a place, not once a run."""
    connections.connect = partial(http.connect, sleep=lambda _seconds: None, requests_per_minute=10**9, deadline=_DEADLINE)  # type: ignore[attr-defined]
    store.engine_of = lru_cache(maxsize=4)(database.engine_of)  # type: ignore[attr-defined]


def prepared(folder: Path, url: str = "sqlite:///warehouse.db", wait: float = 10) -> Path:
    """A soundings.toml in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    services = "\n".join(f'[services.{name}]\nteam = "checkout"\nrepositories = ["acme/{name}"]' for name in SERVICES)
    repositories = json.dumps([f"acme/{name}" for name in (*SERVICES, ATTIC)])
    path = folder / "soundings.toml"
    path.write_text(_TOML.format(url=url, repositories=repositories, services=services, wait=wait, learning=LEARNING), encoding="utf-8")
    return path


def variables(world: World, github: str, pagerduty: str) -> dict[str, str]:
    """The environment that leads to the vendors at these addresses, at the world's time."""
    hosts = {
        "GITHUB": (github, world.github.state.token),
        "TRACKER": (github, world.github.state.token),
        "PAGERDUTY": (pagerduty, world.pagerduty.token),
    }
    held = {name: json.dumps({"conn_type": "http", "host": host, "password": secret}) for name, (host, secret) in hosts.items()}
    return {f"AIRFLOW_CONN_{name}": text for name, text in held.items()} | {"SOUNDINGS_AS_OF": world.now.isoformat()}


@lru_cache(maxsize=8)
def settings_at(path: Path) -> Settings:
    """The settings, read once a process."""
    return load(path)


def pull(path: Path, *sources: str) -> None:
    """Land and publish all that is due, without the expectations of Great Expectations."""
    settings = settings_at(path)
    with steps.warehouse(settings) as store:
        for name in sources or settings.sources:
            _landed(settings, store, name)


def _landed(settings: Settings, store: Store, name: str) -> None:
    with suppress(Refused, Busy):
        for window in steps.windows(settings, store, name, start=None, end=now(), exactly=False):
            store.publish(steps.land(settings, store, name, window, connections.connection).pull_id, now())


def prompt(path: Path) -> None:
    """Plan, settle, send, read back."""
    settings = settings_at(path)
    with steps.warehouse(settings) as store, suppress(Refused, Busy, Held, OSError):
        steps.prompt(settings, store, connections.connection)


def quick(path: Path) -> None:
    """Pull and prompt; nothing is derived anew."""
    pull(path)
    prompt(path)


def whole(path: Path) -> None:
    """All six verbs, with their expectations."""
    settings = settings_at(path)
    with steps.warehouse(settings) as store:
        steps.run(settings, store, connections.connection)


def derived(path: Path) -> None:
    """The past: pulled, checked and derived; nothing is prompted."""
    settings = settings_at(path)
    with steps.warehouse(settings) as store:
        for name in settings.sources:
            steps.pull(settings, store, name, connections.connection, start=None, end=now())
        steps.derive(settings, store)


def later(path: Path, span: timedelta = timedelta(hours=1)) -> None:
    """So much time goes by for the outbox: what is recorded of leases and sends moves back instead."""
    with steps.warehouse(settings_at(path)) as store, store.writing() as connected:
        for row in connected.execute(prompts.select()).all():
            earlier = {name: at - span for name in ("lease_until", "sent_at") if (at := getattr(row, name))}
            if earlier:
                connected.execute(update(prompts).where(prompts.c.key == row.key).values(**earlier))


@contextmanager
def environment(held: dict[str, str]) -> Iterator[None]:
    """The variables inside the block."""
    before = {name: os.environ.get(name) for name in held}
    os.environ.update(held)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                os.environ.pop(name, None)
            else:
                os.environ[name] = value
