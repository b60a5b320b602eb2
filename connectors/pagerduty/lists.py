"""Reading PagerDuty's lists whole: always both ends of the window in UTC, halved where it holds more than the vendor lists.

Offset and limit beyond 10,000 are refused and more than six months give nothing (docs/REST-API/09-Pagination.md of PagerDuty/developer-docs),
so windows are cut first and `total` is asked for: too many records are noticed on the first page.
"""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

from connectors.errors import TooMany
from connectors.http import Api
from connectors.paging import Page, at, offset, windowed
from pipeline.signals import Window

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


def _second(moment: datetime) -> str:
    """The first whole second not before an instant, as the vendor writes it: its times are whole seconds in UTC and compare as text."""
    return f"{(moment + timedelta(microseconds=999_999)).astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def span_of(window: Window) -> dict[str, str]:
    """Both ends as parameters: without an offset they would be read in the account's own zone."""
    return {"since": _second(window.start), "until": _second(window.end)}


def is_in(text: Any, window: Window) -> bool:
    """Whether the vendor's text of an instant lies in the window."""
    return _second(window.start) <= str(text) < _second(window.end)


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
    """Every item of a list that takes a window, each once. Whether the vendor counts the ends in is not documented: look at the item's time."""

    def fetch(part: Window) -> Iterator[Any]:
        return api.pages(name, items=name, pager=_following, params={"limit": 100, "total": "true", **span_of(part), **params})

    seen: set[str] = set()
    for part in window.chunks(_LONGEST):
        for item in windowed(fetch, part, api.streams):
            key = item.get("id") if isinstance(item, dict) else None
            if not isinstance(key, str) or key not in seen:
                yield item
            if isinstance(key, str):
                seen.add(key)
