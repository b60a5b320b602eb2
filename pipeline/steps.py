"""The six verbs as plain functions of (settings, store): pull and land, check, derive, prompt, report. No Airflow in here."""

import json
import os
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from connectors import registry
from connectors.errors import Busy, Refused, told
from pipeline.clock import now
from pipeline.connections import Connect, api_of
from pipeline.erasure import ERASED, forgotten, without
from pipeline.fingerprints import keyed
from pipeline.mapping import service_of
from pipeline.publishing import Held, check
from pipeline.settings import Settings
from pipeline.signals import Window
from pipeline.windows import due, earlier
from pipeline.worklog import note, warn
from warehouse.frames import rows_of
from warehouse.landing import Landing
from warehouse.progress import fresh
from warehouse.schema import COVERING
from warehouse.store import Store

SIGNALS = ("commits", "pull_requests", "config_changes", "deploys", "pages", "interruptions", "incidents", "shifts", "people", "reviews")
UNUSED = frozenset({"scope", "authored_at", "co_authors", "changed_at_source", "first_seen_at", "landed_by", "withdrawn_at"})  # not read by derive
CHECK_TAKES = timedelta(hours=1)  # at most
# The kinds with so many rows that the report reads only those of the weeks it compares.
NUMEROUS = ("commits", "pull_requests", "config_changes", "deploys", "interruptions")
# What the report reads beside the signals.
PAGES = ("near_misses", "near_miss_hits", "stretches", "prompts", "pulls", "quarantine", "checks")


@contextmanager
def warehouse(settings: Settings) -> Iterator[Store]:
    """The warehouse, its tables brought up to date and every signal on the service and at the stakes that soundings.toml says now.

    Raises Unavailable where the database cannot be used.
    """
    with closing(Store.open(settings.warehouse_url)) as store:
        services = json.dumps({name: table.model_dump() for name, table in sorted(settings.file.services.items())})
        if store.fact("services") != services:
            store.remap(service_of(settings.file.services))
            store.remember("services", services)
        severities = json.dumps(dict(settings.policy.severity), sort_keys=True)
        if store.fact("severities") != severities:
            store.rank_severities(settings.policy.severity)
            store.remember("severities", severities)
        yield store


def windows(settings: Settings, store: Store, name: str, *, start: datetime | None, end: datetime | None, exactly: bool) -> list[Window]:
    """What to pull for a run: exactly [start, end) if so asked, else everything due up to `end`, oldest first.

    Without an end there is no interval (a run by hand): the newest covered window is read again, or all that is due where nothing is covered.
    Nothing reaches beyond the present.
    """
    source = registry.sources()[settings.sources[name].use]
    present = now()
    covered = store.covered(name)
    if end is None and covered and not exactly:
        return [_newest(store, name)]
    until = min(end or present, present)
    if exactly and start is not None:
        return [Window(start, until)] if start < until else []
    since = settings.sources[name].since or earlier(until, source.history)
    return due(Window(min(since, until), until), covered, source.look_back)


def _newest(store: Store, name: str) -> Window:
    lines = rows_of(store.read("pulls", ["window_start", "window_end"], where={"source": name, "status": COVERING}))
    newest = max(lines, key=lambda line: line["window_end"])
    return Window(newest["window_start"].to_pydatetime(), newest["window_end"].to_pydatetime())


def land(settings: Settings, store: Store, name: str, window: Window, connection: Connect) -> Landing:
    """Pull one window of one source into the warehouse.

    Where another run lands the same time meanwhile, it is read again: what was read before may be older. Raises Refused or Busy, saying which
    source, what and what to do, with the ledger saying so too; nothing is half landed.
    """
    return fresh(lambda: _land(settings, store, name, window, connection))


def _land(settings: Settings, store: Store, name: str, window: Window, connection: Connect) -> Landing:
    line = settings.sources[name]
    source = registry.sources()[line.use]
    etags, read_after = store.etags(name), store.newest_landing(name)
    asked, begun = {"source": name, "window_start": window.start, "window_end": window.end}, time.monotonic()
    try:
        api = api_of(source.vendor, line, connection, etags)
        records = source.pull(api, window, **settings.options(line))
        landing = store.land(
            name,
            window,
            without(forgotten(store), keyed(store, records)),
            service_of=service_of(settings.file.services),
            now=now(),
            degraded=lambda: getattr(api, "degraded", {}),
            etags=lambda: etags,
            requests=lambda: getattr(api, "requests", 0),
            read_after=read_after,
        )
    except (Refused, Busy) as error:
        store.fail(name, window, told(error), now=now())
        warn("pull_failed", **asked, said=str(error), remedy=error.remedy, seconds=time.monotonic() - begun)
        raise error.saying(f"[sources.{name}] {told(error)}") from error
    note("pulled", **asked, **asdict(landing), seconds=time.monotonic() - begun)
    return landing


def pull(settings: Settings, store: Store, name: str, connection: Connect, *, start: datetime | None, end: datetime) -> dict[str, Any]:
    """Land and check all that is due of one source (or exactly [start, end)). Figures summed over the windows.

    Raises ValueError for an end before the start.
    """
    if start:
        Window(start, end)
    landings = [
        land(settings, store, name, window, connection) for window in windows(settings, store, name, start=start, end=end, exactly=start is not None)
    ]
    checked = check(store, [landing.pull_id for landing in landings])
    counts = {count: sum(getattr(landing, count) for landing in landings) for count in ("received", "loaded", "unchanged", "quarantined")}
    return {**counts, "windows": len(landings), "warnings": checked["warnings"]}


def derive(settings: Settings, store: Store) -> dict[str, int]:
    """Near misses, their hits and on-call stretches from everything published. The same tables in, the same rows out.

    While a pull is being checked its changed rows are out of sight, so nothing is worked out from the rest: what publishes it asks again.
    """
    return fresh(lambda: _derive(settings, store))


def _derive(settings: Settings, store: Store) -> dict[str, int]:
    from transforms.near_misses import near_misses  # noqa: PLC0415 - pandas takes seconds to import
    from transforms.states import states  # noqa: PLC0415
    from transforms.stretches import stretches  # noqa: PLC0415

    present, seen, begun = now(), store.seen(), time.monotonic()
    if checking := _being_checked(store, present):
        note("derivation_waits", pulls_being_checked=checking)
        return {"pulls_being_checked": checking}
    tables = {name: store.read(name, without=UNUSED) for name in SIGNALS}
    estate = settings.estate.with_homes(zip(tables["people"]["native_id"], tables["people"]["zone"], strict=True))
    found = near_misses(tables, estate, settings.policy)
    ended = states(found.near_misses, store.read("prompts"), present, settings.policy)
    shifts = tables["shifts"][tables["shifts"]["person"] != ERASED]  # nobody knows any more which of them were one person's
    since = _shifts_seen_since(settings, store)
    rests = stretches(shifts, tables["interruptions"], tables["people"], estate, settings.policy, seen_since=since, as_of=present)
    sys.audit("soundings.derive.worked_out")
    store.merge("near_miss_hits", found.hits, now=present, seen=seen)
    store.merge("near_misses", ended, now=present, seen=seen)
    store.merge("stretches", rests, now=present, seen=seen)
    store.remember("not_runnable", json.dumps(found.not_runnable, sort_keys=True))
    figures = {"hits": len(found.hits), "near_misses": len(ended), "stretches": len(rests)}
    note("derived", **figures, seconds=time.monotonic() - begun)
    return figures


def _being_checked(store: Store, present: datetime) -> int:
    """Pulls that landed within the hour and are not yet checked, nor overtaken by a later one: what died on the way is asked for again."""
    pulls = store.read("pulls", ["id", "source", "status", "started_at"])
    is_landed = pulls["status"] == "landed"
    settled = pulls[~is_landed & (pulls["status"] != "failed")].groupby("source")["id"].max()
    overtaken = pulls["id"] < pulls["source"].map(settled).fillna(0)
    return int((is_landed & ~overtaken & (pulls["started_at"] > present - CHECK_TAKES)).sum())


def _shifts_seen_since(settings: Settings, store: Store) -> datetime | None:
    """When the sources that brought shifts began to be read, the latest of them; None where none did. A stretch that touches it may be longer."""
    brought = set(store.read("shifts", ["source"])["source"])
    begins = [windows[0].start for name in settings.sources if name in brought and (windows := store.covered(name))]
    return max(begins, default=None)


def prompt(settings: Settings, store: Store, connection: Connect) -> dict[str, int]:
    """Plan what is ripe, open it once, read answers back; the near misses then say where each of them stands."""
    from pipeline.outbox import Outbox  # noqa: PLC0415

    outbox = Outbox(settings, store, connection)
    try:
        return outbox.run()
    finally:
        if outbox.reviews_changed:
            derive(settings, store)  # what people said is a review now
        else:
            fresh(lambda: _restate(settings, store))


def _restate(settings: Settings, store: Store) -> None:
    """Only the state of each near miss, after its prompt has moved."""
    from transforms.states import states  # noqa: PLC0415 - pandas takes seconds to import

    seen = store.seen()
    stories = states(store.read("near_misses"), store.read("prompts"), now(), settings.policy)
    store.merge("near_misses", stories[["key", "state"]], now=now(), withdraw_missing=False, seen=seen)


def report(settings: Settings, store: Store, *, week: str | None = None, out: Path | None = None) -> tuple[Path, Path]:
    """The week as soundings-<week>.html and .md, each replaced at once. The last closed week if none is named."""
    from transforms import report as page  # noqa: PLC0415

    begun = time.monotonic()
    chosen = page.Week.parse(week, settings.estate.zone) if week else page.Week.closed_by(now(), settings.estate.zone)
    since = page.compared_since(chosen)
    tables = {name: store.read(name, since=since if name in NUMEROUS else None) for name in (*SIGNALS, *PAGES)}
    figures = page.figures(
        tables, settings.estate, settings.policy, week=chosen, as_of=now(), not_runnable=json.loads(store.fact("not_runnable") or "{}")
    )
    folder = out or settings.beside(settings.file.report.out)
    folder.mkdir(parents=True, exist_ok=True)
    written = folder / f"soundings-{chosen}.html", folder / f"soundings-{chosen}.md"
    for path, text in zip(written, (page.html(figures), page.markdown(figures)), strict=True):
        replace(path, text)
    note("report_written", week=str(chosen), path=str(written[0]), seconds=time.monotonic() - begun)
    return written


def replace(path: Path, text: str) -> None:
    """Write the file beside itself and swap it in, so that nobody ever reads half of it."""
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    beside.write_text(text, encoding="utf-8")
    sys.audit("soundings.report.written")
    beside.replace(path)
    sys.audit("soundings.report.replaced")


def run(settings: Settings, store: Store, connection: Connect, *, since: datetime | None = None, until: datetime | None = None) -> dict[str, Any]:
    """All six once. A source that cannot be read and a tracker that cannot be reached are named under `failed`; the rest goes on without them."""
    figures: dict[str, Any] = {}
    failed: dict[str, str] = {}
    for name in settings.sources:
        try:
            figures[name] = pull(settings, store, name, connection, start=since, end=until or now())
        except (Refused, Busy, Held) as error:
            failed[name] = str(error)
    figures["derive"] = derive(settings, store)
    try:
        figures["prompt"] = prompt(settings, store, connection)
    except (Refused, Busy, Held, OSError) as error:
        failed["prompt"] = str(error)
    figures["report"] = str(report(settings, store)[0])
    return figures | ({"failed": failed} if failed else {})
