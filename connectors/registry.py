"""A line of soundings.toml -> a callable. `@source` and `@tracker` put a connector on the list; nothing else has to know it."""

import pkgutil
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from importlib import import_module
from typing import Any, Protocol, TypeVar

import connectors
from connectors.http import Vendor
from pipeline.signals import Record, Snapshot, Unfit

Yields = Iterator[Record | Unfit | Snapshot]
Pull = Callable[..., Yields]
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


_sources: dict[str, Source] = {}
_trackers: dict[str, tuple[type[Tracker], Vendor | None]] = {}


def source(
    name: str,
    *,
    kinds: Sequence[str],
    vendor: Vendor | None = None,
    look_back: timedelta = timedelta(days=1),
    history: timedelta | None = timedelta(days=84),
) -> Callable[[P], P]:
    """Register `pull(api, window, **options)` under the name that `use = "…"` gives."""

    def register(pull: P) -> P:
        _sources[name] = Source(name, pull, kinds, vendor, look_back, history)
        return pull

    return register


def tracker(name: str, *, vendor: Vendor | None = None) -> Callable[[T], T]:
    """Register a tracker class under the name that `use = "…"` gives."""

    def register(kind: T) -> T:
        _trackers[name] = (kind, vendor)
        return kind

    return register


def _load() -> None:
    for module in pkgutil.iter_modules(connectors.__path__):
        import_module(f"connectors.{module.name}")


def sources() -> dict[str, Source]:
    """Every source there is, by the name `use` gives."""
    _load()
    return _sources


def trackers() -> dict[str, tuple[type[Tracker], Vendor | None]]:
    """Every tracker there is, with whose API it speaks, by the name `use` gives."""
    _load()
    return _trackers
