"""One vendor record in, one of ours out, or the reason why not. The only place where a bad record is caught."""

from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from pipeline.signals import Record, Unfit

R = TypeVar("R", bound=Record)


def instant(text: str) -> datetime:
    """ISO 8601 with a zone, as a UTC instant. Raises ValueError for a naive time, TypeError for anything but text."""
    at = datetime.fromisoformat(text)
    if at.tzinfo is None:
        message = f"the time {text!r} has no zone"
        raise ValueError(message)
    return at.astimezone(UTC)


def maybe_instant(text: str | None) -> datetime | None:
    """The same, where the vendor may leave the time out."""
    return instant(text) if text else None


def parsed(kind: str, mapping: Callable[..., R], items: Iterable[Any], *context: Any) -> Iterator[R | Unfit]:
    """`mapping(item, *context)` for each item; an item it cannot read becomes an Unfit with the reason and the raw form."""
    for item in items:
        try:
            yield mapping(item, *context)
        except (AttributeError, KeyError, IndexError, TypeError, ValueError, OverflowError) as error:
            native_id = item.get("id") if isinstance(item, dict) else None
            yield Unfit(kind, f"{type(error).__name__}: {error}", item, None if native_id is None else str(native_id))
