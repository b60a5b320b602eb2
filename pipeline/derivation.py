"""Derive: near misses, their hits and on-call stretches, from everything published."""

import json
import sys
import time
from collections.abc import Sequence
from datetime import datetime, timedelta

from pipeline.erasure import ERASED
from pipeline.settings import Settings
from pipeline.worklog import note
from signals.clock import now
from signals.records import RECORDS
from signals.windows import EPOCH, Window
from warehouse.store import Store

UNUSED = frozenset({"authored_at", "co_authors", "changed_at_source", "first_seen_at", "landed_by", "withdrawn_at"})  # not read here
CHECK_TAKES = timedelta(hours=1)  # at most


def worked_out(settings: Settings, store: Store) -> dict[str, int]:
    """Read, work out, merge: figures of what there is now, or how many pulls are still being checked. Raises Overtaken where somebody knew more."""
    from transforms.events import Events  # noqa: PLC0415
    from transforms.near_misses import near_misses  # noqa: PLC0415 - pandas takes seconds to import
    from transforms.on_call.stretches import stretches  # noqa: PLC0415
    from transforms.reviews.states import states  # noqa: PLC0415

    present, seen, begun = now(), store.seen(), time.monotonic()
    if checking := being_checked(store, present):
        note("derivation_waits", pulls_being_checked=checking)
        return {"pulls_being_checked": checking}
    reached = {name: str(_read_until(windows, present, settings)) for name in settings.sources if (windows := store.covered(name))}
    tables = {name: store.read(name, without=UNUSED) for name in RECORDS}
    shifts = tables["shifts"]
    tables["shifts"] = shifts[shifts["person"] != ERASED]  # nobody knows any more which of them were one person's
    events = Events(tables, settings.estate, settings.policy)
    found = near_misses(events)
    ended = states(found.near_misses, store.read("prompts"), present, settings.policy)
    rests = stretches(events, seen_since=_shifts_seen_since(settings, store), as_of=present)
    sys.audit("soundings.derive.worked_out")
    store.merge("near_miss_hits", found.hits, now=present, seen=seen)
    store.merge("near_misses", ended, now=present, seen=seen)
    store.merge("stretches", rests, now=present, seen=seen)
    store.remember("derived_until", json.dumps(reached, sort_keys=True))
    store.remember("not_runnable", json.dumps(found.not_runnable, sort_keys=True))
    figures = {"hits": len(found.hits), "near_misses": len(ended), "stretches": len(rests)}
    note("derived", **figures, seconds=time.monotonic() - begun)
    return figures


def derived_until(settings: Settings, store: Store) -> dict[str, datetime]:
    """How far each source had been read when findings were last worked out. What was read since may change them."""
    told = store.fact("derived_until")
    if told is None:
        return dict.fromkeys(settings.sources, EPOCH)
    return {name: datetime.fromisoformat(at) for name, at in json.loads(told).items() if name in settings.sources}


def _read_until(windows: Sequence[Window], present: datetime, settings: Settings) -> datetime:
    """Where the source's first gap within the age gate begins: what is covered behind a gap does not make up for it."""
    recent = present - timedelta(days=settings.policy.age_gate_days)
    return next((window.end for window in windows if window.end > recent), windows[-1].end)


def being_checked(store: Store, present: datetime) -> int:
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
