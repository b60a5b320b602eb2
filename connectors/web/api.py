"""What a connector can ask of one vendor."""

import hashlib
import json as jsonlib
from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from functools import partial
from typing import Any, TypeVar

from connectors.errors import Garbled, Refused, TooHeavy
from connectors.paging import LINK, Loop, Page, Pager, at, smaller
from connectors.web import graph
from connectors.web.address import joined, resolved
from connectors.web.attempts import READ, WRITTEN, Answer, Attempts, Call
from connectors.web.complaint import said_in
from connectors.web.payload import strict_json
from connectors.web.side_by_side import over, streams

A = TypeVar("A")
B = TypeVar("B")
_OF_ONE = frozenset({402, 403, 404, 410, 451})  # what a vendor says of one of many things


class Api:
    """One vendor's API for one connection; made by `connect`, safe to share between threads.

    `degraded`: what could not be read, with the reason (see `scope`), `degraded_status` with the status the vendor answered. `requests`: how many
    were sent. `etags`: what the vendor called its answers in earlier pulls, by a hash of what was asked; what is added is kept with the rows of this
    pull.
    """

    def __init__(self, attempts: Attempts, base: str, *, max_pages: int, etags: MutableMapping[str, str] | None) -> None:
        """Take what `connect` has checked; no request yet."""
        self.degraded: dict[str, str] = {}
        self._refusals: list[Refused] = []
        self._was_read = False
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

    def content(self, *path: str, params: Mapping[str, Any] | None = None, **more: Any) -> bytes:
        """What lies at this path, as it came (a calendar, a diff)."""
        call = self._call(path, {**(params or {}), **more})
        return bytes(self._attempts.settled(replace(call, read=_body, headers={"Accept": "*/*"})).value)

    def changed(self, *path: str, params: Mapping[str, Any] | None = None, **more: Any) -> Any | None:
        """The JSON at this path, or None where nothing changed since the ETag kept in `etags` (keep them only with the rows they stand for)."""
        call = self._call(path, {**(params or {}), **more})
        key = hashlib.sha256(call.url.encode()).hexdigest()
        known = self.etags.get(key)
        asked = replace(call, headers={"If-None-Match": known}, takes=READ | {304}) if known else call
        answer = self._attempts.settled(asked)
        if "ETag" in answer.headers:
            self.etags[key] = answer.headers["ETag"]
        return answer.value

    def post(self, *path: str, json: Any) -> Any:
        """The JSON answer (None when empty) of one single try: an outcome that is not clear raises Busy, and the request may have worked."""
        return self._attempts.settled(replace(self._posting(path, json), tries=1, takes=WRITTEN)).value

    def graphql(self, *path: str, query: str, variables: Mapping[str, Any] | None = None, is_piece: bool = False) -> dict[str, Any]:
        """`data` of a GraphQL query that only reads, tried again like a GET. Partial data is never returned (Garbled).

        `is_piece`: it can be asked in smaller pieces, so TooHeavy is raised soon.
        """
        call = self._asking(path, query, variables, is_piece=is_piece)
        read = partial(self._attempts.read_graph, graph.data)
        return dict(self._attempts.settled(replace(call, read=read)).value)

    def graphql_parts(
        self, *path: str, query: str, variables: Mapping[str, Any] | None = None, is_piece: bool = False
    ) -> tuple[dict[str, Any], dict[str, Refused]]:
        """The same of a question of many parts (`a: repository(…) b: repository(…)`): those that were answered, and each other one's refusal."""
        call = self._asking(path, query, variables, is_piece=is_piece)
        answer = self._attempts.settled(replace(call, read=partial(self._attempts.read_graph, graph.parts)))
        found, refusals = answer.value
        return found, {name: self._attempts.refusal(call, answer, refused) for name, refused in refusals.items()}

    def pages(
        self,
        *path: str,
        items: str | None = None,
        pager: Pager = LINK,
        size: str | None = None,
        params: Mapping[str, Any] | None = None,
        **more: Any,
    ) -> Iterator[Any]:
        """The items of every page, one by one, the next page asked for when this one is used up. `items`: where in the JSON the list is (dotted).

        `size`: the parameter that says how long a page is, where the vendor's own links lead on: a page too heavy is asked for in smaller ones.
        """
        asked = {**(params or {}), **more}
        call = self._call(path, asked)
        loop, is_any = self.loop(call.shown), False
        while True:
            loop.ask(call.url)
            call, answer = self._page(call, size)
            found = at(answer.value, items)
            if not isinstance(found, list):
                words = self._attempts.clean(said_in(answer.value))
                raise Garbled(f"{call.shown}: the answer holds no list{f' {items!r}' if items else ''}{words and f': {words}'}")
            if not (found or is_any) and (counted := _counted(answer.value)):
                raise Garbled(f"{call.shown}: the answer counts {counted} and holds none of them")
            is_any = True
            loop.read(found)
            yield from found
            following = pager(Page(answer.value, found, answer.headers, asked))
            if following is None:
                return
            asked = asked if isinstance(following, str) else {**asked, **following}
            url = resolved(call.url, following) if isinstance(following, str) else joined(self._base, path, asked)
            call = replace(call, url=url)

    def _page(self, call: Call, size: str | None) -> tuple[Call, Answer]:
        """One page, or its first piece; and the call that was answered."""
        while True:
            try:
                return call, self._attempts.settled(replace(call, is_piece=size is not None))
            except TooHeavy:
                less = smaller(call.url, size) if size else None
                if less is None:
                    raise
                call = replace(call, url=less)

    def loop(self, shown: str) -> Loop:
        """The guard over one list that is read page after page."""
        return Loop(f"{shown}, page after page", self._max_pages)

    @contextmanager
    def scope(self, name: str, *, unless_away: Callable[[], object] | None = None) -> Iterator[None]:
        """Work for one of many (a repository): what may not be seen or is gone (402, 403, 404, 410, 451) is noted in `degraded`, the rest goes on.

        `unless_away` asks the vendor something light. Where that is answered, what is too heavy even in its smallest piece is noted, too.
        """
        try:
            yield
        except Refused as refused:
            if refused.status not in _OF_ONE:
                raise
            self.unread(name, refused)
        except TooHeavy as heavy:
            if unless_away is None:
                raise
            unless_away()
            self.degraded[name] = _and_what_to_do(heavy)
        else:
            self._was_read = True

    def unread(self, name: str, refused: Refused) -> None:
        """Note one of many that may not be seen or is gone."""
        # Where it is the access that is to be mended, whoever shows this says so.
        is_usual = refused.status in {402, 403, 404} and refused.advice is None
        self.degraded[name] = str(refused) if is_usual else _and_what_to_do(refused)
        self.degraded_status[name] = int(refused.status or 0)
        self._refusals.append(refused)

    def settle(self) -> None:
        """After the last of many scopes. Raises Refused where not one of them could be read: that is no pull."""
        if self._refusals and not self._was_read:
            first, count = self._refusals[0], len(self._refusals)
            raise first.saying(f"{first}; and so it is of all {count}" if count > 1 else str(first))

    def each(self, read: Callable[[A], Iterator[B]], things: Iterable[A]) -> Iterator[B]:
        """`streams` over things that are each a scope; Refused where not one of them could be read: that is no pull."""
        items = self.streams(read, things)
        for first in items:
            self._was_read = True
            yield first
            break
        yield from items
        self.settle()

    over = staticmethod(over)
    streams = staticmethod(streams)

    def _call(self, path: tuple[str, ...], params: Mapping[str, Any]) -> Call:
        shown = f"{self._attempts.vendor.name}: GET /{'/'.join(path)}"
        return Call(shown=self._attempts.clean(shown), url=joined(self._base, path, params), read=self._json)

    def _posting(self, path: tuple[str, ...], json: Any) -> Call:
        headers = {"Content-Type": "application/json"}
        call = self._call(path, {})
        shown = call.shown.replace("GET", "POST", 1)
        return replace(call, method="POST", shown=shown, headers=headers, body=jsonlib.dumps(json, allow_nan=False).encode())

    def _asking(self, path: tuple[str, ...], query: str, variables: Mapping[str, Any] | None, *, is_piece: bool) -> Call:
        url = joined(self._attempts.vendor.graphql_base(self._base), path, {})
        return replace(self._posting(path, {"query": query, "variables": dict(variables or {})}), url=url, is_piece=is_piece)

    def _json(self, answer: Answer) -> Any:
        if answer.status in {204, 304} or (answer.status == 201 and not answer.body):
            return None
        value = strict_json(answer.body)
        error = self._attempts.vendor.error_in(value)
        if error:
            raise Garbled(f"answered 200 with an error inside: {error}")
        if at(value, "incomplete_results") is True:
            raise Garbled("answered 200 with a part of the list (incomplete_results)")
        return value


def _counted(answer: Any) -> int:
    """How many a list says there are in all, 0 where it does not say."""
    return next((total for name in ("total_count", "total") if type(total := at(answer, name)) is int), 0)


def _and_what_to_do(error: Refused | TooHeavy) -> str:
    return f"{str(error).rstrip('.')}. {error.remedy}"


def _body(answer: Answer) -> bytes:
    return answer.body
