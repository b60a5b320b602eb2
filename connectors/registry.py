"""A line of soundings.toml -> a callable. `@source` and `@tracker` put a connector on the list; nothing else has to know it.

The list holds the modules of this package, then what installed packages bring under the entry point group `soundings.connectors`.
"""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, TypeVar

import connectors
from connectors.http import Vendor
from connectors.secret_forms import masked
from pipeline.signals import Outside, Record, Snapshot, Unfit

Yielded = Record | Unfit | Snapshot | Outside
Yields = Iterator[Yielded]
Pull = Callable[..., Yields]
Advice = Callable[..., Iterator[tuple[str, str]]]  # called as Pull is, without a window: what `doctor` notes about the options, and what to write
P = TypeVar("P", bound=Pull)
T = TypeVar("T", bound="type[Tracker]")


@dataclass(frozen=True, slots=True)
class Source:
    """A connector: what it yields, whose API it speaks (None = no network), and how its time works."""

    name: str
    pull: Pull
    kinds: Sequence[str]
    vendor: Vendor | None
    look_back: timedelta  # how much of what was already read is read again, because records change or arrive late
    history: timedelta | None  # how far back a first read goes; None = everything there is
    advice: Advice | None = None
    meets_all: bool = False  # each pull meets all that cannot be read, whatever its window: what it does not meet is there no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Ticket:
    """A prompt as the tracker holds it now. `comments` are (author, at, text), oldest first; `is_ours` = written by our `account`."""

    number: str
    url: str
    title: str
    body: str
    is_open: bool
    is_ours: bool
    opened_at: datetime
    is_touched: bool = False  # a person assigned, labelled, edited or commented
    comments: Sequence[tuple[str, datetime, str]] = field(default=())
    account: str | None = None  # who we are there, None where there are no accounts


class Tracker(Protocol):
    """Where prompts are opened. Built as `Tracker(api, **options of its [trackers.NAME] table)`.

    `open` takes a body in Markdown, and `find` and `read` give it back as Markdown, whatever the tracker stores: with its task list
    (`- [ ]`, `- [x]`) and the prompt's code outside fences, because answers are read from the one and lost tickets are known by the other.
    """

    def __init__(self, api: Any, **options: Any) -> None:
        """Take the client (None where no vendor was registered) and the options; no request yet."""

    def open(self, code: str, title: str, body: str) -> Ticket:
        """Open one ticket. Anything but a clear answer raises Busy: the caller then waits and asks `find`.

        Rejected where this one is not taken as it is and others may be; Refused where none will be. A label that cannot be had costs the label: it
        is noted in `api.degraded`.
        """

    def find(self, since: datetime) -> Iterator[Ticket]:
        """Every ticket of ours opened at or after `since`, open or closed, all pages, by listing and not by search."""

    def read(self, number: str) -> Ticket | None:
        """One ticket as it is now, None if a person deleted it."""


GROUP = "soundings.connectors"
_sources: dict[str, Source] = {}
_trackers: dict[str, tuple[type[Tracker], Vendor | None]] = {}


def source(
    name: str,
    *,
    kinds: Sequence[str],
    vendor: Vendor | None = None,
    look_back: timedelta = timedelta(days=1),
    history: timedelta | None = timedelta(days=84),
    advice: Advice | None = None,
    meets_all: bool = False,
) -> Callable[[P], P]:
    """Register `pull(api, window, **options)` under the name that `use = "…"` gives. Raises ValueError for a name another module has taken."""

    def register(pull: P) -> P:
        _not_taken(name, pull, _sources[name].pull if name in _sources else None)
        _sources[name] = Source(name, pull, kinds, vendor, look_back, history, advice, meets_all)
        return pull

    return register


def tracker(name: str, *, vendor: Vendor | None = None) -> Callable[[T], T]:
    """Register a tracker class under the name that `use = "…"` gives. Raises ValueError for a name another module has taken."""

    def register(kind: T) -> T:
        _not_taken(name, kind, _trackers[name][0] if name in _trackers else None)
        _trackers[name] = (kind, vendor)
        return kind

    return register


def _not_taken(name: str, by: Any, holder: Any) -> None:
    if holder and holder.__module__ != by.__module__:
        message = f"the name {name!r} is taken by {holder.__module__}"
        raise ValueError(message)


@cache
def unusable() -> dict[str, str]:
    """What is meant to be a connector and cannot be used: the file here, or the package and its entry point -> why. The rest is on the list."""
    found = {}
    for module in pkgutil.iter_modules(connectors.__path__):
        place = "/".join(("connectors", module.name if module.ispkg else f"{module.name}.py"))
        found[place] = _trouble_with(partial(import_module, f"connectors.{module.name}"))
    for point in sorted(entry_points(group=GROUP), key=lambda point: (point.dist.name if point.dist else "", point.name)):
        name = f"the installed package {point.dist.name if point.dist else 'of no name'} ({point.name} = {point.value})"
        found[name] = _trouble_with(point.load) or _silence_of(point)
    return {name: trouble for name, trouble in found.items() if trouble}


def _trouble_with(loading: Callable[[], object]) -> str | None:
    before = _sources.copy(), _trackers.copy()
    try:
        loading()
    except (Exception, SystemExit) as error:  # noqa: BLE001 - a module may do anything while it is imported; it is named, the rest goes on
        _restore(_sources, before[0])
        _restore(_trackers, before[1])
        return masked(f"{type(error).__name__}: {error}")[:300]
    return None


def _silence_of(point: EntryPoint) -> str | None:
    package = point.module.partition(".")[0]
    registered = (*(entry.pull for entry in _sources.values()), *(kind for kind, _ in _trackers.values()))
    return None if any(one.__module__.partition(".")[0] == package for one in registered) else "it registers no source and no tracker"


def _restore(registered: dict[str, Any], before: dict[str, Any]) -> None:
    for name in registered.keys() - before.keys():
        del registered[name]


def sources() -> dict[str, Source]:
    """Every source there is, by the name `use` gives."""
    unusable()
    return _sources


def trackers() -> dict[str, tuple[type[Tracker], Vendor | None]]:
    """Every tracker there is, with whose API it speaks, by the name `use` gives."""
    unusable()
    return _trackers
