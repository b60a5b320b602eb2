"""`soundings doctor`: whether each source and tracker can be reached with the credentials it has, and what has not been seen."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors import registry
from connectors.errors import Busy, Refused
from connectors.http import Api
from pipeline.clock import now
from pipeline.connections import Connect, api_of
from pipeline.settings import Settings
from pipeline.signals import Unfit, Window
from pipeline.windows import gaps
from warehouse.store import Store

PROBE = timedelta(minutes=10)


def examine(settings: Settings, store: Store, connection: Connect) -> dict[str, dict[str, Any]]:
    """For each source: state (well, degraded, refused, busy), what was said, time not covered, quarantine.

    A source is asked for its last ten minutes and nothing is landed; a tracker for its tickets of that time.
    """
    present = now()
    found = {f"source {name}": _source(settings, store, name, present, connection) for name in settings.sources}
    for name, line in settings.trackers.items():
        kind, vendor = registry.trackers()[line.use]
        asked = _asked(
            lambda kind=kind, vendor=vendor, line=line: kind(api_of(vendor, line, connection), **settings.options(line)).find(present - PROBE)
        )
        found[f"tracker {name}"] = asked | {"mode": "dry run" if line.dry_run else "opens tickets"}
    return found


def _source(settings: Settings, store: Store, name: str, present: datetime, connection: Connect) -> dict[str, Any]:
    line = settings.sources[name]
    source = registry.sources()[line.use]
    held: dict[str, Any] = {}

    def records() -> Iterator[Any]:
        held["api"] = api_of(source.vendor, line, connection)
        yield from source.pull(held["api"], Window(present - PROBE, present), **settings.options(line))

    asked = _asked(records)
    ahead = held["api"].clock_ahead(datetime.now(UTC)) if isinstance(held.get("api"), Api) else None
    degraded = getattr(held.get("api"), "degraded", {})
    covered = store.covered(name)
    missing = list(gaps(Window(covered[0].start, present), covered)) if covered else []
    quarantine = store.read("quarantine", ["reason"], where={"source": name})
    return {
        **asked,
        "state": "degraded" if asked["state"] == "well" and degraded else asked["state"],
        "degraded": dict(degraded),
        "clock_ahead_seconds": None if ahead is None else round(ahead.total_seconds()),
        "seen_until": str(covered[-1].end) if covered else "nothing yet",
        "not_covered": [str(window) for window in missing],
        "quarantined": len(quarantine),
    }


def _asked(records: Any) -> dict[str, Any]:
    try:
        unfit = sum(isinstance(record, Unfit) for record in records())
    except Refused as error:
        return {"state": "refused", "said": str(error)}
    except (Busy, OSError, ValueError) as error:
        return {"state": "busy", "said": str(error)}
    return {"state": "well", "said": f"{unfit} records do not fit" if unfit else ""}
