"""Prompts from plan to ticket to answer: each sent once, whatever dies in between (docs/adr/0004-outbox.md).

planned -> intent (committed before the send) -> open -> talking -> answered or closed. A send without a clear answer is `unknown`: nobody sends
again before the tracker's own list has been asked, and that is not asked before the longest life of a request has passed.
"""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from connectors import registry
from connectors.errors import Busy, Refused
from connectors.registry import Ticket, Tracker
from pipeline.clock import now
from pipeline.configuration import TrackerLine
from pipeline.settings import Settings
from pipeline.signals import Review, Window
from pipeline.steps import Connect, api_of, check
from warehouse.store import Store

LEASE_SECONDS = 120
SKEW = timedelta(minutes=5)  # the tracker's clock and the database's need not agree
ASKED = ("open", "talking")


class Outbox:
    """The work of one run, under one owner's name."""

    def __init__(self, settings: Settings, store: Store, connection: Connect) -> None:
        """Build nothing yet: a tracker is reached only when there is something to ask it."""
        self.settings, self.store, self.connection = settings, store, connection
        self.owner = uuid.uuid4().hex
        self._trackers: dict[str, Tracker] = {}
        self.figures = {"planned": 0, "opened": 0, "unknown": 0, "answered": 0, "withheld": 0}

    def run(self) -> dict[str, int]:
        """Read answers back, plan, settle what was unclear, send what is ripe. Raises Busy or Refused after the rest is done."""
        problems = [*self._guarded(self._read_back), *self._guarded(self._plan), *self._guarded(self._settle), *self._guarded(self._send)]
        if problems:
            raise problems[0]
        return self.figures

    def _guarded(self, step: Any) -> Iterator[Exception]:
        try:
            step()
        except (Refused, Busy) as error:
            yield error

    def _rows(self, *states: str) -> list[Any]:
        prompts = self.store.read("prompts", where={"state": states})
        live = [name for name, line in self.settings.trackers.items() if not line.dry_run]
        return [row for row in prompts.itertuples() if row.tracker in live]

    def _tracker(self, name: str) -> Tracker:
        if name not in self._trackers:
            line: TrackerLine = self.settings.trackers[name]
            kind, vendor = registry.trackers()[line.use]
            self._trackers[name] = kind(api_of(vendor, line, self.connection), **self.settings.options(line))
        return self._trackers[name]

    def _plan(self) -> None:
        from pipeline.planning import planned_prompts  # noqa: PLC0415 - pandas takes seconds to import

        rows = planned_prompts(self.settings, self.store, now())
        self.store.plan(rows)
        for row in rows:
            self.figures[row["state"]] += 1

    def _send(self) -> None:
        ripe = [row for row in self._rows("planned") if row.opens_at <= now()]
        for row in sorted(ripe, key=lambda row: (row.opens_at, row.key)):
            if self.store.claim(row.key, self.owner, LEASE_SECONDS, ("planned",)):
                self._open(row)

    def _open(self, row: Any) -> None:
        tracker = self._tracker(row.tracker)
        # The last thing before the send: the intent is on record, and the lease is still ours.
        if not self.store.set(row.key, self.owner, state="intent", attempt=int(row.attempt) + 1, sent_at=self.store.clock()):
            return
        try:
            ticket = tracker.open(row.code, row.title, row.body)
        except Busy:
            self._release(row.key, state="unknown")
            self.figures["unknown"] += 1
        except Refused:
            self._release(row.key, state="planned")
            raise
        else:
            self._opened(row.key, ticket)

    def _opened(self, key: str, ticket: Ticket) -> None:
        self._release(key, state="open", number=ticket.number, url=ticket.url, opened_at=ticket.opened_at)
        self.figures["opened"] += 1

    def _release(self, key: str, **columns: Any) -> None:
        self.store.set(key, self.owner, **columns, owner=None, lease_until=None)

    def _settle(self) -> None:
        """Look for tickets whose send gave no clear answer; adopt them, or let them be sent again."""
        longest = timedelta(minutes=self.settings.policy.wait_unknown_minutes)
        unclear = [row for row in self._rows("unknown", "intent") if row.sent_at + longest <= self.store.clock()]
        for name in sorted({row.tracker for row in unclear}):
            rows = [row for row in unclear if row.tracker == name]
            found = list(self._tracker(name).find(min(row.sent_at for row in rows) - SKEW))
            for row in rows:
                if not self.store.claim(row.key, self.owner, LEASE_SECONDS, ("unknown", "intent")):
                    continue
                ours = [ticket for ticket in found if ticket.is_ours and row.code in ticket.body]
                if ours:
                    self._opened(row.key, min(ours, key=lambda ticket: (len(ticket.number), ticket.number)))
                else:
                    self._release(row.key, state="planned")

    def _read_back(self) -> None:
        """What people did with the open tickets. A person's word is final: what they closed or deleted stays so."""
        answers = [review for row in self._rows(*ASKED) if (review := self._answer(row))]
        if answers:
            window = Window(min(review.held_at or now() for review in answers), now())
            landing = self.store.land("prompts", window, answers, service_of=lambda record: record.scope or "", now=now())
            check(self.store, [landing.pull_id])

    def _answer(self, row: Any) -> Review | None:
        from transforms.prompts import answer  # noqa: PLC0415 - pandas takes seconds to import

        ticket = self._tracker(row.tracker).read(row.number)
        said = answer(ticket.body, ticket.comments) if ticket else None
        if said:
            self.figures["answered"] += 1
            disposition = ", ".join(said.dispositions) or None
            self.store.set(row.key, None, state="answered", answered_at=said.answered_at or now(), disposition=disposition)
            return Review(
                native_id=row.key,
                subject_kind=row.subject_kind,
                subject_id=row.subject_key,
                level=said.level,
                disposition=disposition,
                learning=said.learning,
                held_at=said.answered_at or now(),
                url=row.url,
            )
        if ticket is None or not ticket.is_open:
            self.store.set(row.key, None, state="closed")
        elif ticket.is_touched and row.state != "talking":
            self.store.set(row.key, None, state="talking")
        return None
