"""One vendor record in, one of ours out, or the reason why not. The only place where a bad record is caught."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline.signals import FIRST_YEAR, LAST_YEAR, Record, Unfit

R = TypeVar("R", bound=Record)


def instant(text: str) -> datetime:
    """ISO 8601 with a zone, as a UTC instant. Raises ValueError for a naive time or an impossible year, TypeError for anything but text.

    The year is looked at here, because a connector leaves out what lies outside its window: the year 1 would vanish without a word.
    """
    at = datetime.fromisoformat(text)
    if at.tzinfo is None or not text.isprintable():  # Python takes a NUL before the zone
        message = f"the time {text!r} has no zone"
        raise ValueError(message)
    try:
        at = at.astimezone(UTC)
        is_possible = FIRST_YEAR <= at.year <= LAST_YEAR
    except OverflowError:
        is_possible = False
    if not is_possible:
        message = f"the time {text!r} lies outside {FIRST_YEAR} to {LAST_YEAR}: correct it at the source"
        raise ValueError(message)
    return at


def maybe_instant(text: str | None) -> datetime | None:
    """The same, where the vendor may leave the time out (null)."""
    return None if text is None else instant(text)


def parsed(kind: str, mapping: Callable[..., R], items: Iterable[Any], *context: Any) -> Iterator[R | Unfit]:
    """`mapping(item, *context)` for each item; an item it cannot read becomes an Unfit with the reason and the raw form."""
    for item in items:
        try:
            yield mapping(item, *context)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError, RecursionError) as error:
            native_id = item.get("id") if isinstance(item, dict) else None
            yield Unfit(kind, f"{type(error).__name__}: {error}", item, None if native_id is None else str(native_id))
