"""What a step or tracker came to the last time, where that was no good: kept until it goes through, for whoever asks how things are later on."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from pipeline.failures import NONE_ASKED, Failure, Secrets, TooEarly, failure_of
from pipeline.settings import Settings
from pipeline.worklog import warn
from signals.clock import now
from warehouse.faults import Overtaken, Unavailable
from warehouse.store import Store

if TYPE_CHECKING:
    from transforms.health import Trouble

STEPS = ("derive", "prompt", "report")
_KEY = "went_wrong."  # and what did: the fact that says how
_DEGRADED = "tracker_degraded."  # and its name: the fact that says what a tracker may not do
_PASSING = ("busy", "garbled")  # kinds of failure that end by themselves
_DAY = timedelta(days=1)


def remember(store: Store, where: str, failure: Failure | None, *, doing: str = "") -> None:
    """What it came to now, by what it was doing. Since when it is so is kept from the first time in a row."""
    key = f"{_KEY}{where}"
    known = json.loads(store.fact(key) or "{}")
    told = {name: earlier for name, earlier in known.items() if name != doing}
    if failure:
        since = known.get(doing, {}).get("since", now().isoformat())
        told[doing] = {"kind": failure.kind, "said": str(failure), "remedy": failure.remedy, "since": since}
    if told != known:
        store.remember(key, json.dumps(told))


@contextmanager
def remembered(store: Store, where: str, secrets: Secrets = NONE_ASKED) -> Iterator[None]:
    """Remember how the block ends. A warehouse that cannot be used and a run that was overtaken tell nothing about the step."""
    try:
        yield
    except (TooEarly, Overtaken, Unavailable):
        raise
    except Exception as error:
        remember(store, where, failure_of(error, secrets))
        raise
    remember(store, where, None)


def remember_degraded(store: Store, tracker: str, degraded: Mapping[str, str]) -> None:
    """What the tracker may not do although it opens tickets, and why: once in the log, and until it may."""
    told = json.dumps(degraded, sort_keys=True)
    if store.fact(f"{_DEGRADED}{tracker}") == told:
        return
    store.remember(f"{_DEGRADED}{tracker}", told)
    for what, said in degraded.items():
        warn("tracker_degraded", tracker=tracker, what=what, said=said)


def remembered_troubles(settings: Settings, store: Store, as_of: datetime) -> "Iterator[Trouble]":
    """All that is remembered of steps and trackers there are."""
    yield from _last_failures(settings, store, as_of)
    yield from _less_than_asked(settings, store)


def _last_failures(settings: Settings, store: Store, as_of: datetime) -> "Iterator[Trouble]":
    """One for each step, and each tracker that opens tickets, that did not go through the last time. What was busy for a day needs a person."""
    live = (f"tracker {name}" for name, line in settings.trackers.items() if not line.dry_run)
    for where in (*STEPS, *live):
        told = json.loads(store.fact(f"{_KEY}{where}") or "{}").values()
        found = [_failure(where, **one, as_of=as_of) for one in told]
        yield from sorted(found, key=lambda one: not one.needs_person)[:1]  # whoever refuses one thing refuses others for the same


def _failure(where: str, *, kind: str, said: str, remedy: str, since: str, as_of: datetime) -> "Trouble":
    from transforms.health import Trouble  # noqa: PLC0415 - pandas takes seconds to import

    begun = datetime.fromisoformat(since)
    needs_person = kind not in _PASSING or as_of - begun > _DAY
    return Trouble(where=where, what=f"the last time it did not go through: {said}", since=begun, remedy=remedy, needs_person=needs_person)


def _less_than_asked(settings: Settings, store: Store) -> "Iterator[Trouble]":
    from transforms.health import Trouble  # noqa: PLC0415

    remedy = "Make it by hand, or let the credential do so; the next ticket that opens looks again."
    for name in settings.trackers:
        for what, said in json.loads(store.fact(f"{_DEGRADED}{name}") or "{}").items():
            yield Trouble(where=f"tracker {name}", what=f"{what}: {said}", since=None, remedy=remedy, needs_person=False)
