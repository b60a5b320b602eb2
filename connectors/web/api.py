"""What a connector can ask of one vendor."""

import hashlib
import json as jsonlib
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from itertools import islice
from typing import Any, TypeVar

from connectors.errors import Garbled, Refused
from connectors.paging import LINK, Loop, Page, Pager, at
from connectors.web import graph
from connectors.web.address import joined, resolved
from connectors.web.attempts import Answer, Attempts, Call
from connectors.web.payload import strict_json

A = TypeVar("A")
B = TypeVar("B")
_PART = 100  # items of one stream that are taken at once: a page


class Api:
    """One vendor's API for one connection; made by `connect`, safe to share between threads.

    `degraded`: what could not be read, with the reason (see `scope`), `degraded_status` with the status the vendor answered. `requests`: how many
    were sent. `etags`: what the vendor called its answers in earlier pulls, by a hash of what was asked; what is added is kept with the rows of this
    pull.
    """

    def __init__(self, attempts: Attempts, base: str, *, max_pages: int, etags: MutableMapping[str, str] | None) -> None:
        """Take what `connect` has checked; no request yet."""
        self.degraded: dict[str, str] = {}
        self.degraded_status: dict[str, int] = {}
        self._attempts, self._base = attempts, base
        self.etags: MutableMapping[str, str] = {} if etags is None else etags
        self._max_pages = max_pages

    @property
    def requests(self) -> int:
        """How many requests were sent."""
        return self._attempts.sent

    @property
    def told_at(self) -> datetime | None:
        """The vendor's own time at its last answer; None where it did not say."""
        try:
            told = parsedate_to_datetime(self._attempts.told.get("Date", ""))
        except (TypeError, ValueError):
            return None
        return told if told.tzinfo else None

    def clock_ahead(self, at: datetime) -> timedelta | None:
        """How far the vendor's clock was ahead of ours at its last answer, which came `at`; None where it did not say."""
        return self.told_at - at if self.told_at else None

    @property
    def surplus(self) -> str | None:
        """What the credential may do beyond reading, where the vendor's last answer told."""
        return self._attempts.vendor.surplus(self._attempts.told)

    def get(self, *path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Any:
        """The JSON at this path. Parts of the path are quoted; values may be lists, instants, booleans; None is left out."""
        return self._attempts.settled(self._call(path, {**(params or {}), **more})).value

    def text(self, *path: str, params: Mapping[str, Any] | None = None, **more: Any) -> str:
        """The text at this path (a calendar, a diff)."""
        call = self._call(path, {**(params or {}), **more})
        return str(self._attempts.settled(replace(call, read=_text, headers={"Accept": "*/*"})).value)

    def changed(self, *path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Any | None:
        """The JSON at this path, or None where nothing changed since the ETag kept in `etags` (keep them only with the rows they stand for)."""
        call = self._call(path, {**(params or {}), **more})
        key = hashlib.sha256(call.url.encode()).hexdigest()
        known = self.etags.get(key)
        answer = self._attempts.settled(replace(call, headers={"If-None-Match": known} if known else {}))
        if "ETag" in answer.headers:
            self.etags[key] = answer.headers["ETag"]
        return answer.value

    def post(self, *path: str, json: Any) -> Any:
        """The JSON answer (None when empty) of one single try: an outcome that is not clear raises Busy, and the request may have worked."""
        return self._attempts.settled(replace(self._posting(path, json), tries=1)).value

    def graphql(self, *path: str, query: str, variables: Mapping[str, Any] | None = None) -> dict[str, Any]:
        """`data` of a GraphQL query that only reads, tried again like a GET. Partial data is never returned (Garbled)."""
        call = self._posting(path, {"query": query, "variables": dict(variables or {})})
        call = replace(call, url=joined(self._attempts.vendor.graphql_base(self._base), path, {}))
        return dict(
            self._attempts.settled(replace(call, read=lambda answer: graph.data(strict_json(answer.body), self._attempts.asked(answer)))).value
        )

    def pages(self, *path: str, items: str | None = None, pager: Pager = LINK, params: Mapping[str, Any] | None = None, **more: Any) -> Iterator[Any]:
        """The items of every page, one by one, the next page asked for when this one is used up. `items`: where in the JSON the list is (dotted)."""
        asked = {**(params or {}), **more}
        call = self._call(path, asked)
        loop = self.loop(call.shown)
        while True:
            loop.ask(call.url)
            answer = self._attempts.settled(call)
            found = at(answer.value, items)
            if not isinstance(found, list):
                raise Garbled(f"{call.shown}: the answer holds no list{f' {items!r}' if items else ''}")
            loop.read(found)
            yield from found
            following = pager(Page(answer.value, found, answer.headers, asked))
            if following is None:
                return
            asked = asked if isinstance(following, str) else {**asked, **following}
            url = resolved(call.url, following) if isinstance(following, str) else joined(self._base, path, asked)
            call = replace(call, url=url)

    def loop(self, shown: str) -> Loop:
        """The guard over one list that is read page after page."""
        return Loop(f"{shown}, page after page", self._max_pages)

    @contextmanager
    def scope(self, name: str) -> Iterator[None]:
        """Work for one of many (a repository): what may not be seen or is gone (402, 403, 404, 451) is noted in `degraded`, and the rest goes on."""
        try:
            yield
        except Refused as refused:
            if refused.status not in {402, 403, 404, 451}:
                raise
            self.degraded[name], self.degraded_status[name] = str(refused), int(refused.status or 0)

    def over(self, function: Callable[[A], B], things: Iterable[A], workers: int = 8) -> Iterator[B]:
        """`function(thing)` for each, several at once, the results in order; the first error ends it."""
        pool = ThreadPoolExecutor(workers)
        running: deque[Future[B]] = deque()
        try:
            for thing in things:
                running.append(pool.submit(function, thing))
                if len(running) >= 2 * workers:
                    yield running.popleft().result()
            while running:
                yield running.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)

    def streams(self, function: Callable[[A], Iterator[B]], things: Iterable[A], workers: int = 16) -> Iterator[B]:
        """The items of `function(thing)` for each, several read at once, a page of any of them as it comes: none is ever held whole.

        Each stream keeps its order. The first error ends all.
        """
        pool, begun = ThreadPoolExecutor(workers), map(function, things)
        running: dict[Future[list[B]], Iterator[B]] = {}
        try:
            while True:
                running |= {pool.submit(_part, stream): stream for stream in islice(begun, workers - len(running))}
                if not running:
                    return
                done = {future: running.pop(future) for future in wait(running, return_when=FIRST_COMPLETED).done}
                running |= {pool.submit(_part, stream): stream for future, stream in done.items() if len(future.result()) == _PART}
                for future in done:
                    yield from future.result()
        finally:
            pool.shutdown(cancel_futures=True)

    def _call(self, path: tuple[str, ...], params: Mapping[str, Any]) -> Call:
        shown = f"{self._attempts.vendor.name}: GET /{'/'.join(path)}"
        return Call(shown=self._attempts.clean(shown), url=joined(self._base, path, params), read=self._json)

    def _posting(self, path: tuple[str, ...], json: Any) -> Call:
        headers = {"Content-Type": "application/json"}
        call = self._call(path, {})
        shown = call.shown.replace("GET", "POST", 1)
        return replace(call, method="POST", shown=shown, headers=headers, body=jsonlib.dumps(json, allow_nan=False).encode())

    def _json(self, answer: Answer) -> Any:
        if answer.status in {204, 304} or (answer.status == 201 and not answer.body):
            return None
        value = strict_json(answer.body)
        error = self._attempts.vendor.error_in(value)
        if error:
            raise Garbled(f"answered 200 with an error inside: {error}")
        return value


def _part(stream: Iterator[B]) -> list[B]:
    return list(islice(stream, _PART))


def _text(answer: Answer) -> str:
    try:
        return answer.body.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise Garbled("answered with something that is not UTF-8 text") from None
