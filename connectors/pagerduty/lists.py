"""Reading PagerDuty's lists whole: always both ends of the window in UTC, halved where it holds more than the vendor lists.

Offset and limit beyond 10,000 are refused and more than six months give nothing (docs/REST-API/09-Pagination.md of PagerDuty/developer-docs),
so windows are cut first and `total` is asked for: too many records are noticed on the first page.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any

from connectors.errors import TooMany
from connectors.http import Api
from connectors.paging import Page, at, offset, windowed
from connectors.parse import any_instant
from signals.windows import Window

Item = dict[str, Any]
CAP = 10_000
_LONGEST = timedelta(days=150)
_NEXT = offset(limit=100, cap=CAP)


def key_of(item: Any, name: str = "record") -> str:
    """The vendor's id of a record, or of what one names. Raises ValueError where there is none: two without an id are not one."""
    key = at(item, "id")
    if not isinstance(key, str) or not key:
        message = f"the {name} has no id ({key!r} in place of a text), so the vendor no longer tells what it was; look at it there"
        raise ValueError(message)
    return key


def span_of(window: Window) -> dict[str, str]:
    """Both ends as parameters, in whole seconds around the window: without an offset they would be read in the account's own zone."""
    ends = {"since": window.start, "until": window.end + timedelta(microseconds=999_999)}
    return {name: f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}" for name, moment in ends.items()}


_read = lru_cache(maxsize=65_536)(any_instant)  # each time is looked at to filter, to order and to count


def moment_of(item: Item, name: str = "created_at") -> datetime | None:
    """An instant of an item, in whatever zone and fraction it is written; None where there is none or it cannot be read."""
    text = item.get(name)
    return _read(text) if isinstance(text, str) else None


def is_outside(item: Item, window: Window) -> bool:
    """Whether an item is of another time; of one whose time cannot be read that is not known, and it is told of where it is read as a whole."""
    created_at = moment_of(item)
    return created_at is not None and created_at not in window


def _following(page: Page) -> Any:
    total = at(page.body, "total")
    if isinstance(total, int) and total > CAP:
        message = f"PagerDuty lists only the first {CAP} records of a window"
        raise TooMany(message)
    return _NEXT(page)


def everything(api: Api, *path: str, **params: Any) -> Iterator[Any]:
    """Every item of a list without a window."""
    return api.pages(*path, items=path[-1], pager=_NEXT, params={"limit": 100, **params})


def recent(api: Api, window: Window, name: str, **params: Any) -> Iterator[Any]:
    """Every item of a list that takes a window. Whether the vendor counts the ends in is not documented: look at the item's time.

    Those of a list that grows while it is read may come twice, as they were and as they are.
    """

    def fetch(part: Window) -> Iterator[Any]:
        return api.pages(name, items=name, pager=_following, params={"limit": 100, "total": "true", **span_of(part), **params})

    for part in window.chunks(_LONGEST):
        yield from windowed(fetch, part, api.streams)
