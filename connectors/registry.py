"""A line of soundings.toml -> a callable. `@source` and `@tracker` put a connector on the list; nothing else has to know it.

The list holds the modules of this package, then what installed packages bring under the entry point group `soundings.connectors`.
"""

import pkgutil
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache, partial
from importlib import import_module
from importlib.metadata import EntryPoint, entry_points
from typing import Any, Protocol, TypeVar

import connectors
from connectors.errors import Refused
from connectors.http import Vendor
from connectors.secret_forms import masked
from signals.pulled import Outside, Snapshot, Unfit
from signals.record import Record
from signals.windows import Window

Yielded = Record | Unfit | Snapshot | Outside
Yields = Iterator[Yielded]
Pull = Callable[..., Yields]
Advice = Callable[..., Iterator[tuple[str, str]]]  # called as Pull is, without a window: what `doctor` notes about the options, and what to write
Found = Callable[..., Iterable[str]]  # called with the options: what there is to read now, by name, where they do not name it; no network
P = TypeVar("P", bound=Pull)
T = TypeVar("T", bound="type[Tracker]")


@dataclass(frozen=True, slots=True)
class Source:
    """A connector: what it yields, whose API it speaks (None = no network), and how its time works."""

    name: str
    pull: Pull
    kinds: Sequence[str]
    vendor: Vendor | None
    look_back: timedelta | None  # how much of what was already read is read again, because records change or arrive late; None = all of it
    history: timedelta | None  # how far back a first read goes; None = everything there is
    advice: Advice | None = None
    found: Found | None = None
    manner: Collection[str] = ()  # options that say how it is read, and not what

    def read(self, api: Any, window: Window, **options: Any) -> Yields:
        """What it yields. TypeError with the name of the connector where that is nothing a connector yields."""
        pulled: object = self.pull(api, window, **options)
        if not isinstance(pulled, Iterable):
            message = f"the connector {self.name!r} ({self.pull.__module__}) gave back {_a(pulled)} and no iterator: `pull` has to yield records"
            raise TypeError(message)
        for one in pulled:
            if not isinstance(one, Yielded):
                message = f"the connector {self.name!r} ({self.pull.__module__}) yielded {_a(one)}, which is no record of signals.records"
                raise TypeError(message)
            yield one


def _a(thing: object) -> str:
    return "None" if thing is None else f"an object of type {type(thing).__name__}"


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
    is_touched: bool = False  # a person assigned, labelled, edited or commented; what a program does is nobody's
    closed_by: str | None = None  # whose account closed it, where the tracker says so
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


V = TypeVar("V")


class Known(dict[str, V]):
    """Connectors by the name `use` gives. To ask for one there is not raises Refused with what could not be used, for it may be in there."""

    def __missing__(self, name: str) -> V:
        """Nothing is made in its place."""
        unused = "; ".join(f"{what}: {why}" for what, why in unusable().items()) or "nothing that is installed brings it"
        message = f"no connector is called {name!r}: {unused}"
        raise Refused(message, remedy="Mend or install what brings it, or correct `use` in soundings.toml; then run `soundings doctor`.")


GROUP = "soundings.connectors"
_sources: Known[Source] = Known()
_trackers: Known[tuple[type[Tracker], Vendor | None]] = Known()


def source(
    name: str,
    *,
    kinds: Sequence[str],
    vendor: Vendor | None = None,
    look_back: timedelta | None = timedelta(days=1),
    history: timedelta | None = timedelta(days=84),
    advice: Advice | None = None,
    found: Found | None = None,
    manner: Collection[str] = (),
) -> Callable[[P], P]:
    """Register `pull(api, window, **options)` under the name that `use = "…"` gives. Raises ValueError for a name another module has taken.

    When an option outside of `manner` changes, or what `found` names, the source is read again from the beginning (docs/adr/0028).
    """

    def register(pull: P) -> P:
        _not_taken(name, pull, _sources[name].pull if name in _sources else None)
        _sources[name] = Source(name, pull, kinds, vendor, look_back, history, advice, found, manner)
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


def sources() -> Known[Source]:
    """Every source there is, by the name `use` gives."""
    unusable()
    return _sources


def trackers() -> Known[tuple[type[Tracker], Vendor | None]]:
    """Every tracker there is, with whose API it speaks, by the name `use` gives."""
    unusable()
    return _trackers
