"""The six verbs as plain functions of (settings, store): pull and land, check, derive, prompt, report. No Airflow in here."""

import json
import time
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import datetime
from typing import TYPE_CHECKING, Any

from connectors import registry
from pipeline import readings
from pipeline.connections import Connect, api_of
from pipeline.derivation import worked_out
from pipeline.discretion import discreet
from pipeline.erasure import forgotten, without
from pipeline.failures import Broken, Secrets, TooEarly, failure_of, in_part, named
from pipeline.fingerprints import keyed
from pipeline.mapping import service_of
from pipeline.outcomes import remembered
from pipeline.publishing import check
from pipeline.reporting import page_or_why
from pipeline.settings import Settings
from pipeline.underway import News, counted, part_done, under_way, unheard
from pipeline.worklog import note, warn
from signals.clock import now
from signals.windows import Window, due
from warehouse.faults import Overtaken, Unavailable
from warehouse.landing import Landing
from warehouse.progress import fresh
from warehouse.store import Store

if TYPE_CHECKING:
    from pipeline.outbox import Outbox


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


def windows(
    settings: Settings, store: Store, name: str, *, start: datetime | None, end: datetime | None, exactly: bool, on_news: News = unheard
) -> list[Window]:
    """What to pull for a run: exactly [start, end) if so asked, else everything due up to `end`, oldest first.

    Without an end there is no interval (a run by hand): the newest covered window is read again, or all that is due where nothing is covered.
    What was read with other settings is not covered, which `on_news` hears.
    Nothing reaches beyond the present.
    """
    present = now()
    covered = readings.covered(settings, store, name)
    if end is None and covered and not exactly:
        return [readings.newest(store, name)]
    until = min(end or present, present)
    if exactly and start is not None:
        return [Window(start, until)] if start < until else []
    if again := readings.unread(settings, store, name, covered):
        why = readings.change(settings, name)
        note("read_again", source=name, window_start=again[0].start, why=why)
        on_news(name, f"{why}, so it is read again from {readings.since(again)}")
    look_back = registry.sources()[settings.sources[name].use].look_back
    return due(Window(readings.begin(settings, name, until), until), covered, look_back)


def land(settings: Settings, store: Store, name: str, window: Window, connection: Connect) -> Landing:
    """Pull one window of one source into the warehouse.

    Where another run lands the same time meanwhile, it is read again: what was read before may be older. Whatever goes wrong is raised as Refused,
    Busy or Broken, saying which source, what and what to do, with the ledger saying so too; nothing is half landed.
    """
    return fresh(lambda: _land(settings, store, name, window, connection))


def _land(settings: Settings, store: Store, name: str, window: Window, connection: Connect) -> Landing:
    etags, read_after = store.etags(name), store.newest_landing(name)
    asked, begun = {"source": name, "window_start": window.start, "window_end": window.end}, time.monotonic()
    secrets = Secrets(connection)
    try:
        line = settings.sources[name]
        source = registry.sources()[line.use]
        reading = readings.reading(settings, name)  # before it is read: what comes meanwhile is read by the next pull
        api = api_of(source.vendor, line, secrets, etags)
        landing = store.land(
            name,
            window,
            without(forgotten(store), keyed(store, discreet(counted(source.read(api, window, **settings.options(line)))))),
            service_of=service_of(settings.file.services),
            now=now(),
            degraded=lambda: getattr(api, "degraded", {}),
            degraded_status=lambda: getattr(api, "degraded_status", {}),
            etags=lambda: etags,
            requests=lambda: getattr(api, "requests", 0),
            read_after=read_after,
            reading=reading,
        )
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is, it is this source's alone
        failure = failure_of(error, secrets)
    else:
        note("pulled", **asked, **asdict(landing), seconds=time.monotonic() - begun)
        part_done()
        return landing
    said, trace = str(failure), getattr(failure, "trace", None)
    values = {"failure": failure.kind, "http_status": getattr(failure, "status", None), "remedy": failure.remedy}
    store.fail(name, window, said, now(), reading=readings.known_reading(settings, name), **values)
    warn("pull_failed", **asked, kind=failure.kind, said=said, remedy=failure.remedy, seconds=time.monotonic() - begun, trace=trace)
    raise in_part(f"sources.{name}", failure)


def landings(settings: Settings, store: Store, name: str, due_windows: Iterable[Window], connection: Connect) -> Iterator[Landing]:
    """What came of each window. One that breaks keeps no other from being read, and is raised once all have been."""
    broken: list[Broken] = []
    for window in due_windows:
        try:
            yield land(settings, store, name, window, connection)
        except Broken as error:
            broken.append(error)
    if broken:
        raise Broken("\n".join(dict.fromkeys(map(str, broken))))


def pull(
    settings: Settings, store: Store, name: str, connection: Connect, *, start: datetime | None, end: datetime, on_news: News = unheard
) -> dict[str, Any]:
    """Land and check all that is due of one source (or exactly [start, end)). Figures summed over the windows.

    `on_news` hears of time that is read again because its settings changed.
    Raises ValueError for an end before the start. What landed before something went wrong is checked and published all the same.
    """
    if start:
        Window(start, end)
    landed: list[Landing] = []
    wanted = windows(settings, store, name, start=start, end=end, exactly=start is not None, on_news=on_news)
    with under_way(f"pull {name}", parts=len(wanted)):
        try:
            for landing in landings(settings, store, name, wanted, connection):
                landed.append(landing)  # noqa: PERF402 - those before the one that goes wrong are kept
        except Exception:
            check(store, [landing.pull_id for landing in landed])
            raise
        checked = check(store, [landing.pull_id for landing in landed])
    counts = {count: sum(getattr(landing, count) for landing in landed) for count in ("received", "loaded", "unchanged", "quarantined")}
    # What lies before a window was of an earlier one's time; what lies after the last is for a later pull.
    left = {"later": landed[-1].later} if landed and landed[-1].later else {}
    return {**counts, **left, "windows": len(landed), "warnings": checked["warnings"]}


@under_way("derive")
def derive(settings: Settings, store: Store) -> dict[str, int]:
    """Near misses, their hits and on-call stretches from everything published. The same tables in, the same rows out.

    While a pull is being checked its changed rows are out of sight, so nothing is worked out from the rest: what publishes it asks again.
    """
    with named("derive"), remembered(store, "derive"):
        return fresh(lambda: worked_out(settings, store))


def prompt(settings: Settings, store: Store, connection: Connect) -> dict[str, int]:
    """Plan what is ripe, open it once, read answers back; the near misses then say where each of them stands.

    Raises Refused, Busy, Held or Broken, naming each tracker it concerns, after the rest is done.
    """
    outbox = prompted(settings, store, connection)
    outbox.raise_failures()
    return outbox.figures


@under_way("prompt")
def prompted(settings: Settings, store: Store, connection: Connect) -> "Outbox":
    """The same; what stood in the way of a tracker is kept there beside the figures."""
    from pipeline.outbox import Outbox  # noqa: PLC0415

    outbox = Outbox(settings, store, connection)
    with named("prompt"):
        try:
            outbox.run()
        finally:
            if outbox.reviews_changed:
                derive(settings, store)  # what people said is a review now
            else:
                fresh(lambda: _restate(settings, store))
    return outbox


def _restate(settings: Settings, store: Store) -> None:
    """Only the state of each near miss, after its prompt has moved."""
    from transforms.reviews.states import states  # noqa: PLC0415 - pandas takes seconds to import

    seen = store.seen()
    stories = states(store.read("near_misses"), store.read("prompts"), now(), settings.policy)
    store.merge("near_misses", stories[["key", "state"]], now=now(), withdraw_missing=False, seen=seen)


def run(
    settings: Settings, store: Store, connection: Connect, *, since: datetime | None = None, until: datetime | None = None, on_news: News = unheard
) -> dict[str, Any]:
    """All six once. Whatever goes wrong in one source, tracker or step is named under `failed`, and the rest goes on without it.

    `on_news` gets each figure by its name as soon as it is known. Raises ValueError for an end before the start.
    """
    figures: dict[str, Any] = {}
    failed: dict[str, str] = {}
    if since:
        Window(since, until or now())
    for name in settings.sources:
        with _going_on(failed, name):
            figures[name] = pull(settings, store, name, connection, start=since, end=until or now(), on_news=on_news)
        on_news(name, figures.get(name, "failed"))
    with _going_on(failed, "derive"):
        figures["derive"] = derive(settings, store)
    on_news("derive", figures.get("derive", "failed"))
    with _going_on(failed, "prompt"):
        outbox = prompted(settings, store, connection)
        figures["prompt"] = outbox.figures
        outbox.raise_failures()
    on_news("prompt", figures.get("prompt", "failed"))
    with _going_on(failed, "report"):
        figures["report"] = page_or_why(settings, store, is_left_to_another="pulls_being_checked" in figures.get("derive", ()))
    on_news("report", figures.get("report", "failed"))
    return figures | ({"failed": failed} if failed else {})


@contextmanager
def _going_on(failed: dict[str, str], part: str) -> Iterator[None]:
    """What ends the block is named under the part, and the run goes on. A warehouse that cannot be used is nobody's part."""
    try:
        yield
    except (TooEarly, Overtaken) as error:
        failed[part] = str(error)
    except Unavailable:
        raise
    except Exception as error:  # noqa: BLE001 - whatever it is
        failed[part] = str(failure_of(error))
