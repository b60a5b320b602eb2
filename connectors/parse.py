"""One vendor record in, one of ours out, or the reason why not. The only place where a bad record is caught."""

import re
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, TypeVar

from connectors.reasons import REMEDY, UNREADABLE, places_of, reason
from signals.clock import FIRST_YEAR, LAST_YEAR
from signals.pulled import Unfit
from signals.record import Record

R = TypeVar("R", bound=Record)
_PARTS = re.compile(r"[@/#:]")
_DATED = re.compile(r"[+-]?\d{4,6}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:[.,]\d+)?)?)?(?:Z|[+-]\d\d:?\d\d)?", re.ASCII)
_NOTHING = frozenset({"None", "True", "False"})  # what Python writes where there was no id


class Impossible(ValueError):
    """A time that nothing can have happened at."""


class _Noted(threading.local):
    """The times there cannot be that were met since the record under way was begun."""

    def __init__(self) -> None:
        self.times: list[Impossible] = []


_noted = _Noted()


def instant(text: str) -> datetime:
    """ISO 8601 with a zone, as a UTC instant. Raises ValueError for a naive time or an impossible year, TypeError for anything but text.

    The year is looked at here, because a connector leaves out what lies outside its window: the year 1 would vanish without a word.
    """
    try:
        at = datetime.fromisoformat(text)
    except TypeError:
        message = f"a time is a text, and no '{type(text).__name__}'"
        raise TypeError(message) from None
    except ValueError:
        kind = Impossible if _DATED.fullmatch(text) else ValueError
        message = f"{text!r:.80} is no time{' there can be' if kind is Impossible else ''}; write it like 2026-11-19T14:03:00Z"
        raise kind(message) from None
    if at.tzinfo is None and not FIRST_YEAR <= at.year <= LAST_YEAR:
        at = at.replace(tzinfo=UTC)
    if at.tzinfo is None or not text.isprintable():  # Python takes a NUL before the zone
        message = f"the time {text!r:.80} has no zone; write it like 2026-11-19T14:03:00Z"
        raise ValueError(message)
    return possible(at, text)


def possible(at: datetime, text: object) -> datetime:
    """The instant in UTC. Raises ValueError for one outside of the years that a clock can mean; `text` is how it was written."""
    try:
        at = at.astimezone(UTC)
        is_possible = FIRST_YEAR <= at.year <= LAST_YEAR
    except OverflowError:
        is_possible = False
    if not is_possible:
        message = f"the time {text!r:.80} lies outside {FIRST_YEAR} to {LAST_YEAR}; correct it at the source"
        raise Impossible(message)
    return at


def maybe_instant(text: str | None) -> datetime | None:
    """The same, where the vendor may leave the time out: by null, by nothing, or by a time there cannot be, as many programs write (0001-01-01).

    A record that `parsed` reads without such a time says so (`Record.left_out`).
    """
    try:
        return None if text is None or text == "" else instant(text)
    except Impossible as impossible:
        _noted.times.append(impossible)
        return None


def any_instant(found: Any) -> datetime | None:
    """The same, and None for what is no time at all, too: for a look at a record that is read as a whole elsewhere, and says so there."""
    try:
        return instant(found)
    except (TypeError, ValueError):
        return None


def our_word(known: Mapping[str, str], word: str) -> str:
    """Our word for a vendor's. One that is not known is taken as it stands, in small letters: the checks tell of it."""
    return known.get(word, word.lower())


def parsed(kind: str, mapping: Callable[..., R], items: Iterable[Any], *context: Any) -> Iterator[R | Unfit]:
    """`mapping(item, *context)` for each item; an item it cannot read becomes an Unfit with the reason and the raw form."""
    for item in items:
        if times := _noted.times:
            times.clear()
        try:
            record = mapping(item, *context)
        except UNREADABLE as error:
            native_id = item.get("id") if isinstance(item, dict) else None
            yield Unfit(kind, reason(error, mapping, item, context), item, native_id if isinstance(native_id, str) else None)
        else:
            if _is_nameless(record, item, context):
                yield Unfit(kind, f"it has no id of its own: native_id would be {record.native_id!r:.80}. {REMEDY}", item)
            else:
                yield replace(record, left_out=_left_out(record, mapping, item, context)) if times else record


def _left_out(record: Record, mapping: Callable[..., object], item: Any, context: Iterable[Any]) -> tuple[tuple[str, str], ...]:
    """The fields whose times there cannot be, each with the record and why."""
    met = {str(time): time for time in _noted.times}
    return tuple(
        (place, f"{record.native_id}: {why}") for why, time in met.items() for place in places_of(time, mapping, item, context) or ["a time"]
    )


def _is_nameless(record: Record, item: Any, context: Iterable[Any]) -> bool:
    """Whether a part of its identity is no id: two such records would be taken for one. What the caller gave is no part of the record's own."""
    name: Any = record.native_id
    if not isinstance(name, str):
        return False  # the table refuses it
    parts = _PARTS.split(name)
    nothing = _NOTHING.intersection(parts)
    if nothing:
        nothing = nothing.difference(*(_PARTS.split(given) for given in context if isinstance(given, str)))
    is_joined = isinstance(item, dict)  # from fields of JSON, none of which may be empty; an event's UID may have `//` in it
    return bool(nothing) or not all(part.strip() for part in (parts if is_joined else parts[-1:]))
