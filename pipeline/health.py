"""How the pipeline is: from the warehouse alone (`health`), or with every source and tracker asked as well (`doctor`)."""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from croniter import croniter

from connectors import registry
from connectors.errors import Busy, Refused
from connectors.http import Api
from pipeline import readings
from pipeline.configuration import TrackerLine
from pipeline.connections import Connect, api_of
from pipeline.failures import Secrets, failure_of
from pipeline.outcomes import remembered_troubles
from pipeline.set_aside import on_record, remedies, shares
from pipeline.settings import Settings
from pipeline.unknown_words import unknown_words
from pipeline.unmatched import WHERE, unmatched
from signals.clock import now
from signals.pulled import Unfit
from signals.windows import Window, gaps
from warehouse.intake import UNREAD
from warehouse.store import Store

if TYPE_CHECKING:
    from transforms.health import Expected, Health, Trouble

PROBE = timedelta(minutes=10)
SKEW = timedelta(minutes=5)  # more, and a window that ends now ends at another time for the vendor


def health(settings: Settings, store: Store, *, names_people: bool = False) -> "Health":
    """The figures of ledger, quarantine and outbox, and the names that do not meet; nobody outside is asked."""
    from transforms.health import health as figures  # noqa: PLC0415 - pandas takes seconds to import

    present = now()
    tables = {"pulls": store.read("pulls"), "prompts": store.read("prompts"), "quarantine": on_record(store)[0]}
    sources = {name: _expected(settings, store, name, present) for name in settings.sources}
    live = {name: not line.dry_run for name, line in settings.trackers.items()}
    names = [*unmatched(settings, store, names_people=names_people), *unknown_words(settings, store)]
    counted = figures(
        tables, sources, live, settings.policy, as_of=present, estate=settings.estate, unmatched=names, remedy=remedies(settings, store)
    )
    return counted.beside([*_without_connector(settings), *remembered_troubles(settings, store, present)])


def _expected(settings: Settings, store: Store, name: str, present: datetime) -> "Expected":
    from transforms.health import Expected  # noqa: PLC0415

    every, again = _every(settings.sources[name].schedule, present), readings.unread(settings, store, name)
    return Expected(every, store.covered(name), shares(store, name), again, readings.change(settings, name) if again else "")


def _without_connector(settings: Settings) -> "Iterator[Trouble]":
    from transforms.health import Trouble  # noqa: PLC0415

    for kind, lines, known in (("source", settings.sources, registry.sources()), ("tracker", settings.trackers, registry.trackers())):
        for name, line in lines.items():
            try:
                known[line.use]
            except Refused as refused:
                yield Trouble(where=f"{kind} {name}", what=str(refused), since=None, remedy=refused.remedy, needs_person=True)


def _every(schedule: str, at: datetime) -> timedelta:
    """The time between two turns about now, the longer of the last two: a schedule may rest at the weekend."""
    last: datetime = croniter(schedule, at).get_prev(datetime)
    before: datetime = croniter(schedule, last).get_prev(datetime)
    following: datetime = croniter(schedule, last).get_next(datetime)
    return max(last - before, following - last)


def reach(settings: Settings, store: Store, name: str) -> dict[str, float]:
    """Seconds since the end of what is covered of a source, and how many windows are missing before it; nothing where it was never read.

    What is to be read again with changed settings is missing, too.
    """
    covered = store.covered(name)
    if not covered:
        return {}
    missing = {*gaps(Window(covered[0].start, covered[-1].end), covered), *readings.unread(settings, store, name)}
    return {"freshness_seconds": (now() - covered[-1].end).total_seconds(), "windows_not_covered": len(missing)}


def examine(settings: Settings, store: Store, connection: Connect) -> dict[str, dict[str, Any]]:
    """For each source and tracker: state (well, degraded, refused, busy, broken), what was said, and `troubles`: what, since when, what to do.

    A source is asked for its last ten minutes and nothing is landed; a tracker for its tickets of that time.
    """
    present, standing, connection = now(), health(settings, store, names_people=True), Secrets(connection)
    found = {f"source {name}": _source(settings, store, name, present, connection) for name in settings.sources}
    for name, line in settings.trackers.items():
        found[f"tracker {name}"] = _tracker(settings, line, present, connection) | {"mode": "dry run" if line.dry_run else "opens tickets"}
    found[WHERE] = {"state": "read", "mode": "its names held against what came", "troubles": []}
    for trouble in standing.troubles:
        known = found.setdefault(trouble.where, {"state": "broken", "mode": "what it came to the last time", "troubles": []})["troubles"]
        known[:] = [*(one for one in known if not _is_in(one, trouble)), {k: v for k, v in asdict(trouble).items() if k != "where"}]
    return found


def _is_in(one: Mapping[str, Any], standing: "Trouble") -> bool:
    """Whether what is said now was said before, and since when; or is about an option or a scope of which that says that nothing came of it."""
    scope = one["what"].partition(": ")[0]
    is_same = one["what"] in standing.what or standing.what == f"{scope}: {UNREAD}"
    return is_same or any(f"`{option} = " in standing.what for option in re.findall(r"`(\w+)`", one["what"]))


def _tracker(settings: Settings, line: TrackerLine, present: datetime, connection: Secrets) -> dict[str, Any]:
    def tickets() -> Iterator[Any]:
        kind, vendor = registry.trackers()[line.use]
        yield from kind(api_of(vendor, line, connection), **settings.options(line)).find(present - PROBE)

    return _asked(tickets, connection)


def _source(settings: Settings, store: Store, name: str, present: datetime, connection: Secrets) -> dict[str, Any]:
    line = settings.sources[name]
    held: dict[str, Any] = {}
    unread: dict[str, str] = {}

    def records() -> Iterator[Any]:
        source = registry.sources()[line.use]
        held["api"] = api_of(source.vendor, line, connection)
        for record in source.read(held["api"], Window(present - PROBE, present), **settings.options(line)):
            if isinstance(record, Unfit) and record.is_scope:
                unread[str(record.native_id)] = record.reason
            yield record
        held["advice"] = list(source.advice(held["api"], **settings.options(line))) if source.advice else []

    asked = _asked(records, connection)
    api = held["api"] if isinstance(held.get("api"), Api) else None
    ahead = api.clock_ahead(datetime.now(UTC)) if api else None
    degraded, statuses = ({**api.degraded, **unread}, dict(api.degraded_status)) if api else (unread, {})
    covered = store.covered(name)
    missing = list(gaps(Window(covered[0].start, present), covered)) if covered else []
    return {
        **asked,
        "state": "degraded" if asked["state"] == "well" and degraded else asked["state"],
        "degraded": degraded,
        "clock_ahead_seconds": None if ahead is None else round(ahead.total_seconds()),
        "seen_until": covered[-1].end if covered else None,
        "not_covered": [str(window) for window in missing],
        "quarantined": len(on_record(store, name)[0]),
        "troubles": [*asked["troubles"], *_unread(degraded, statuses), *_skewed(ahead), *_may_write(api), *_advised(held.get("advice", ()))],
    }


def _unread(degraded: Mapping[str, str], statuses: Mapping[str, int]) -> Iterator[dict[str, Any]]:
    from transforms.health import is_mendable  # noqa: PLC0415

    remedy = "Mend the access, take it out of soundings.toml, or ask for it at the vendor."
    for scope, reason in degraded.items():
        yield _trouble(f"{scope}: {reason}", remedy, needs_person=is_mendable(statuses.get(scope)))


def _skewed(ahead: timedelta | None) -> Iterator[dict[str, Any]]:
    if ahead is not None and abs(ahead) > SKEW:
        what = f"the vendor's clock and the one here differ by {abs(ahead).total_seconds() / 60:.0f} minutes"
        yield _trouble(what, "Set the clock of this machine by NTP (`timedatectl set-ntp true`).")


def _may_write(api: Api | None) -> Iterator[dict[str, Any]]:
    if api and api.surplus:
        what = f"the token may do more than read: {api.surplus}"
        yield _trouble(what, "Reading is enough here: put a token of fewer scopes into the connection (docs/operations.md).", needs_person=False)


def _advised(advice: Iterable[tuple[str, str]]) -> Iterator[dict[str, Any]]:
    for what, remedy in advice:
        yield _trouble(what, remedy, needs_person=False)


def _trouble(what: str, remedy: str, *, needs_person: bool = True) -> dict[str, Any]:
    return {"what": what, "since": None, "remedy": remedy, "needs_person": needs_person}


def _asked(records: Any, secrets: Secrets) -> dict[str, Any]:
    try:
        unfit = sum(isinstance(record, Unfit) for record in records())
    except Exception as error:  # noqa: BLE001 - whatever it is, it is told
        failure = failure_of(error, secrets)
        state = "busy" if isinstance(failure, Busy) else failure.kind
        return {"state": state, "said": str(failure), "troubles": [_trouble(str(failure), failure.remedy, needs_person=state != "busy")]}
    return {"state": "well", "said": f"{unfit} records do not fit" if unfit else "", "troubles": []}
