"""What is under way, told to whoever watches. Nobody does, unless the command line shows it to a person at a terminal (pipeline/cli/console.py)."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")
EVERY = 100  # records between two tellings


@dataclass
class Work:
    """One piece of work: in so many parts, so many of them done, so many records read."""

    what: str
    parts: int = 1
    done: int = 0
    records: int = 0


Watcher = Callable[[Work | None], None]  # None: nothing is under way
News = Callable[[str, Any], None]  # what was done, by its name, and what came of it

_watchers: list[Watcher] = []
_works: list[Work] = []  # the innermost last


def unheard(_name: str, _figures: Any) -> None:
    """Where news goes that nobody waits for."""


@contextmanager
def watched_by(watcher: Watcher) -> Iterator[None]:
    """Tell this watcher of all that is under way meanwhile."""
    _watchers.append(watcher)
    try:
        yield
    finally:
        _watchers.remove(watcher)


@contextmanager
def under_way(what: str, parts: int = 1) -> Iterator[None]:
    """The block is this work; what it was inside of goes on afterwards."""
    _works.append(Work(what, parts))
    _tell()
    try:
        yield
    finally:
        _works.pop()
        _tell()


def part_done() -> None:
    """One part of the innermost work is done."""
    if _works:
        _works[-1].done += 1
        _tell()


def counted(records: Iterable[T]) -> Iterable[T]:
    """The same records, counted as they are read where somebody watches."""
    return _counted(records, _works[-1]) if _watchers and _works else records


def _counted(records: Iterable[T], work: Work) -> Iterator[T]:
    for record in records:
        work.records += 1
        if work.records % EVERY == 1:
            _tell()
        yield record


def _tell() -> None:
    for watcher in _watchers:
        watcher(_works[-1] if _works else None)
