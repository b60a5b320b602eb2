"""How each vendor says where the next page is. A pager looks at the page just read and names the next one, or None at the end.

An answer of text is a URL to follow (same origin only), a mapping holds the parameters that change. `Api.pages` follows, and stops
a loop: a page asked for twice, two equal pages in a row, or more pages than the budget raise Garbled.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from itertools import chain
from typing import Any, TypeVar
from urllib.parse import parse_qsl, urlencode, urlsplit

from connectors.errors import Garbled, Refused, TooHeavy, TooMany
from signals.windows import Window

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page:
    """One page as it came: `body` is the JSON, `items` the list in it, `params` what was asked."""

    body: Any
    items: list[Any]
    headers: Mapping[str, str]
    params: Mapping[str, Any]


Pager = Callable[[Page], str | Mapping[str, Any] | None]


def at(body: Any, path: str | None) -> Any:
    """What lies at a dotted path of a JSON answer, None where there is nothing; the answer itself without a path."""
    for name in path.split(".") if path else ():
        body = body.get(name) if isinstance(body, dict) else None
    return body


def _link(page: Page) -> str | None:
    """The `Link` header's `rel="next"` (GitHub, GitLab, ServiceNow)."""
    found = re.search(r'<([^<>]*)>\s*(?:;[^,<]*)?;\s*rel="?next\b', page.headers.get("Link", ""), re.IGNORECASE)
    return found[1] if found else None


LINK: Pager = _link


def next_url(path: str) -> Pager:
    """A URL in the body at a dotted path (`paging.next`, `_links.next.href`)."""
    return lambda page: at(page.body, path) or None


def cursor(path: str, param: str) -> Pager:
    """A token in the body at a dotted path, empty at the end, handed back as a parameter."""

    def following(page: Page) -> Mapping[str, Any] | None:
        token = at(page.body, path)
        return {param: token} if token else None

    return following


def offset(*, limit: int = 100, cap: int = 10_000, more: str | None = "more", param: str = "offset") -> Pager:
    """Offset and `limit`, until the flag at `more` is false; where there is no flag, until a short page. Beyond `cap` raises TooMany."""

    def following(page: Page) -> Mapping[str, Any] | None:
        flag = at(page.body, more) if more else None
        if not (flag if isinstance(flag, bool) else len(page.items) >= int(page.params.get("limit", limit))):
            return None
        start = int(page.params.get(param, 0)) + int(page.params.get("limit", limit))
        if start + limit > cap:
            message = f"the vendor lists only the first {cap} records of one question"
            raise TooMany(message)
        return {param: start}

    return following


def numbered(*, size: int = 100, param: str = "page") -> Pager:
    """Page numbers from 1, until a page holds fewer than `size` items."""

    def following(page: Page) -> Mapping[str, Any] | None:
        return {param: int(page.params.get(param, 1)) + 1} if len(page.items) >= size else None

    return following


Streams = Callable[[Callable[[Window], Iterator[T]], Iterable[Window]], Iterator[T]]


def _in_turn(function: Callable[[Window], Iterator[T]], windows: Iterable[Window]) -> Iterator[T]:
    return chain.from_iterable(map(function, windows))


def windowed(fetch: Callable[[Window], Iterator[T]], window: Window, streams: Streams[T] = _in_turn) -> Iterator[T]:
    """`fetch(window)`, and where the vendor does not list that far, both halves instead, down to two seconds (then Refused).

    With `Api.streams` the halves are read side by side.
    """
    try:
        items = list(fetch(window))
    except TooMany:
        items = None
    yield from streams(lambda half: windowed(fetch, half, streams), _halves(window)) if items is None else items


def _halves(window: Window) -> tuple[Window, Window]:
    """Split on a whole second."""
    seconds = int((window.end - window.start).total_seconds()) // 2
    if not seconds:
        message = f"the vendor holds more records in {window} than it lists; nothing smaller can be asked"
        raise Refused(message)
    middle = window.start + timedelta(seconds=seconds)
    return Window(window.start, middle), Window(middle, window.end)


def fewer(size: int) -> int:
    """The next smaller piece, so that a whole number of them makes the one before: 100, 50, 25, 5, 1."""
    return next((size // part for part in (2, 5) if size % part == 0), 1)


def smaller(url: str, param: str) -> str | None:
    """The address of the same place in a list, with fewer items in the page. `param` says how many they are.

    None where it is one already, or where the address does not tell in a way that can be changed.
    """
    parts = urlsplit(url)
    query = dict(parse_qsl(parts.query, keep_blank_values=True))
    size, page = query.get(param, ""), query.get("page", "1")
    if not (size.isdecimal() and page.isdecimal()) or int(size) <= 1:
        return None
    few = fewer(int(size))
    if "page" in query:
        query["page"] = str((int(page) - 1) * (int(size) // few) + 1)
    return parts._replace(query=urlencode({**query, param: few})).geturl()


class Pieces:
    """How many items to ask for at once: fewer where that is too much for the vendor, twice as many after each three good answers."""

    _GOOD = 3

    def __init__(self, whole: int) -> None:
        """Begin with the whole."""
        self._size, self._whole, self._good = whole, whole, 0

    def answer(self, ask: Callable[[int], T]) -> T:
        """What `ask` answers for so many. Raises TooHeavy where even one is too much."""
        while True:
            try:
                answer = ask(self._size)
            except TooHeavy:
                if self._size == 1:
                    raise
                self._size, self._good = fewer(self._size), 0
                continue
            self._good += 1
            if self._good == self._GOOD:
                self._size, self._good = min(self._whole, 2 * self._size), 0
            return answer


class Loop:
    """The guard over one paging loop."""

    def __init__(self, name: str, budget: int) -> None:
        """Name the loop for its error, and say how many pages it may take."""
        self._name, self._budget = name, budget
        self._asked: set[str] = set()
        self._last: list[Any] = []

    def ask(self, url: str) -> None:
        """Before each request. Raises Garbled for a page asked for before, and beyond the budget."""
        if url in self._asked:
            message = f"{self._name}: page {len(self._asked) + 1} leads back to a page already read"
            raise Garbled(message)
        if len(self._asked) >= self._budget:
            message = f"{self._name}: still no end after {self._budget} pages"
            raise Garbled(message)
        self._asked.add(url)

    def read(self, items: list[Any]) -> None:
        """After each answer. Raises Garbled for the same items twice in a row."""
        if items and items == self._last:
            message = f"{self._name}: page {len(self._asked)} repeats the page before it"
            raise Garbled(message)
        self._last = items
