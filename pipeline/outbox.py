"""Prompts from plan to ticket to answer: each sent once, whatever dies in between (docs/adr/0004-outbox.md).

planned -> intent (committed before the send) -> open -> talking -> answered or closed. A send without a clear answer is `unknown`: nobody sends
again before the tracker's own list has been asked, and that is not asked before the longest life of a request has passed. A ticket the tracker does
not take is `refused` and tried a few times. Nothing is sent but in the team's working hours of that moment.
"""

import sys
import uuid
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from typing import Any

from connectors import registry
from connectors.errors import Busy, Garbled, Refused, Rejected
from connectors.registry import Ticket, Tracker
from pipeline.connections import Connect, api_of
from pipeline.failures import Broken, Failure, Secrets, failure_of, in_part
from pipeline.outcomes import remember, remember_degraded
from pipeline.publishing import check
from pipeline.read_back import news
from pipeline.settings import Settings
from pipeline.worklog import note, warn
from signals.clock import now
from signals.records import Review
from signals.windows import Window
from transforms.words.lint import outside_evidence
from transforms.working_hours import is_working, team_of
from warehouse.faults import Unavailable
from warehouse.progress import fresh
from warehouse.store import Store

Row = dict[str, Any]  # of the table prompts

LEASE_SECONDS = 120
SKEW = timedelta(minutes=5)  # the tracker's clock and the database's need not agree
ASKED = ("open", "talking", "answered")
UNCLEAR = ("unknown", "intent")


class Outbox:
    """The work of one run, under one owner's name. Trackers in dry run are never spoken to."""

    def __init__(self, settings: Settings, store: Store, connection: Connect) -> None:
        """Build nothing yet: a tracker is reached only when there is something to ask it."""
        self.settings, self.store, self.connection = settings, store, Secrets(connection)
        self.owner = uuid.uuid4().hex
        self.figures = dict.fromkeys(("planned", "waiting", "opened", "refused", "unknown", "answered", "withheld", "doubled"), 0)
        self.failures: list[Failure] = []
        self._stopped: dict[str, Failure] = {}  # the part just done -> what ended it, or some of it, first
        self.reviews_changed = 0
        self._live = [name for name, line in settings.trackers.items() if not line.dry_run]
        self._trackers: dict[str, Tracker] = {}
        self._degraded: dict[str, dict[str, str]] = {}  # tracker -> what it could not do, with the reason; a ticket was opened all the same

    def run(self) -> dict[str, int]:
        """Read answers back, plan, settle what was unclear, send what is ripe. What stood in the way of a tracker is kept in `failures`."""
        self._at_each(self._read_back)
        is_planned = self._is_done("prompt", self._plan)
        remember(self.store, "prompt", self._stopped.get("prompt"))
        self._at_each(self._settle)
        if is_planned:
            self._at_each(self._send)
        return self.figures

    def raise_failures(self) -> None:
        """Raise what went wrong, naming each tracker it concerns; Busy where any was, for that one is worth another run."""
        if self.failures:
            first = next((failure for failure in self.failures if isinstance(failure, Busy)), self.failures[0])
            raise first.saying("\n".join(dict.fromkeys(map(str, self.failures))))

    def _at_each(self, step: Callable[[str], None]) -> None:
        """Do the step at each tracker, and remember what it came to; where all of it had to wait for working hours, that is as it was."""
        for name in self._live:
            before = self.figures.copy()
            self._is_done(f"trackers.{name}", partial(step, name))
            failure = self._stopped.pop(f"trackers.{name}", None)
            if failure or self.figures["waiting"] == before["waiting"] or self.figures["opened"] > before["opened"]:
                remember(self.store, f"tracker {name}", failure, doing=step.__name__)

    def _is_done(self, part: str, work: Callable[[], None]) -> bool:
        """Whether the work came to its end; what went wrong instead ends nothing else."""
        try:
            work()
        except Unavailable:
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is
            self._keep(part, failure_of(error, self.connection))
            return False
        return True

    def _keep(self, part: str, failure: Failure, *, is_of_one_ticket: bool = False) -> None:
        if not is_of_one_ticket:  # that stands in the outbox
            self._stopped.setdefault(part, failure)
        trace = getattr(failure, "trace", None)
        warn("prompts_failed", part=part, kind=failure.kind, said=str(failure), remedy=failure.remedy, trace=trace)
        self.failures.append(in_part(part, failure))

    def _rows(self, tracker: str, *states: str) -> list[Row]:
        return self.store.rows("prompts", where={"tracker": tracker, "state": states})

    def _tracker(self, name: str) -> Tracker:
        if name not in self._trackers:
            line = self.settings.trackers[name]
            kind, vendor = registry.trackers()[line.use]
            api = api_of(vendor, line, self.connection)
            self._trackers[name] = kind(api, **self.settings.options(line))
            self._degraded[name] = getattr(api, "degraded", {})
        return self._trackers[name]

    def _plan(self) -> None:
        rows = fresh(self._planned)
        sys.audit("soundings.prompt.planned")
        for row in rows:
            self.figures[row["state"]] += 1
            if row["state"] == "withheld":
                note("prompt_withheld", code=row["code"], team=row["team"], reason=row["withheld_reason"])
        note("prompts_planned", planned=self.figures["planned"], withheld=self.figures["withheld"])

    def _planned(self) -> list[Row]:
        from pipeline.planning import planned_prompts  # noqa: PLC0415 - pandas takes seconds to import

        seen = self.store.seen()
        rows = planned_prompts(self.settings, self.store, now(), self.connection)
        sys.audit("soundings.prompt.drafted")
        self.store.plan(rows, seen=seen)
        return rows

    def _send(self, name: str) -> None:
        estate = self.settings.estate
        ripe = [row for row in self._rows(name, "planned") if row["opens_at"] <= now()]
        for row in sorted(ripe, key=lambda row: (row["opens_at"], row["key"])):
            if not is_working(now(), team_of(row["team"], estate.teams, estate.zone)):
                self.figures["waiting"] += 1
            elif self.store.claim(row["key"], self.owner, LEASE_SECONDS, ("planned",)):
                sys.audit("soundings.prompt.claimed")
                self._open(self._tracker(name), row)
                remember_degraded(self.store, name, self._degraded[name])

    def _open(self, tracker: Tracker, row: Row) -> None:
        # The last thing before the send: the intent is on record, and the lease is still ours.
        if not self.store.set(row["key"], self.owner, state="intent", attempt=row["attempt"] + 1, sent_at=self.store.clock()):
            return
        sys.audit("soundings.prompt.intended")
        try:
            ticket = tracker.open(row["code"], row["title"], row["body"])
        except Rejected as error:
            self._set_aside(row, error)
        except Refused:
            self._release(row["key"], state="planned")
            raise
        except Exception as error:  # noqa: BLE001 - whatever it is, the ticket may be there
            self._leave_unclear(row, failure_of(error, self.connection))
        else:
            sys.audit("soundings.prompt.sent")
            self._opened(row, ticket)

    def _set_aside(self, row: Row, failure: Failure) -> None:
        """The tracker does not take this ticket; the others are not kept waiting by it."""
        self._release(row["key"], state="refused", withheld_reason=str(failure))
        self.figures["refused"] += 1
        self._keep(f"trackers.{row['tracker']}", failure.saying(f"{row['code']} was not opened: {failure}"), is_of_one_ticket=True)

    def _leave_unclear(self, row: Row, failure: Failure) -> None:
        """Nobody knows whether the ticket is there: a later run looks before it sends again, and not for ever where the connector itself broke."""
        if not isinstance(failure, Busy | Broken):
            raise failure
        is_broken = isinstance(failure, Broken)
        self._release(row["key"], state="unknown", withheld_reason=str(failure) if is_broken else None)
        self.figures["unknown"] += 1
        warn("prompt_unclear", **_names(row), said=str(failure), remedy="a later run looks for its code in the tracker's own list")
        if is_broken:
            self._keep(f"trackers.{row['tracker']}", failure.saying(f"{row['code']}: {failure}"), is_of_one_ticket=True)

    def _opened(self, row: Row, ticket: Ticket) -> None:
        opened_at = min(ticket.opened_at, now())  # a run that looks at a past moment spends the budget of then
        self._release(row["key"], state="open", withheld_reason=None, number=ticket.number, url=ticket.url, opened_at=opened_at)
        sys.audit("soundings.prompt.opened")
        self.figures["opened"] += 1
        note("prompt_opened", **_names(row), number=ticket.number)

    def _release(self, key: str, **columns: Any) -> None:
        self.store.set(key, self.owner, **columns, owner=None, lease_until=None)

    def _settle(self, name: str) -> None:
        """Look for tickets whose send gave no clear answer; adopt them, or let them be sent again."""
        from transforms.events.sent import TRIES  # noqa: PLC0415 - pandas takes seconds to import

        for row in self._unclear(name):
            self.store.claim(row["key"], self.owner, LEASE_SECONDS, UNCLEAR)
        # Read again: what somebody else sent anew just before our claim is unclear anew, and has to wait again.
        rows = [row for row in self._unclear(name) if row["owner"] == self.owner]
        if not rows:
            return
        found = [(ticket, outside_evidence(ticket.body)) for ticket in self._tracker(name).find(min(row["sent_at"] for row in rows) - SKEW)]
        sys.audit("soundings.prompt.listed")
        for row in rows:
            ours = [ticket for ticket, words in found if ticket.is_ours and row["code"] in words]
            self.figures["doubled"] += max(0, len(ours) - 1)
            if ours:
                self._opened(row, min(ours, key=lambda ticket: (len(ticket.number), ticket.number)))
            elif row["withheld_reason"] and row["attempt"] >= TRIES:
                self._release(row["key"], state="refused")
            else:
                self._release(row["key"], state="planned")
            note("prompt_settled", **_names(row), tickets_found=len(ours))

    def _unclear(self, name: str) -> list[Row]:
        """Prompts whose send gave no clear answer, longer ago than any request lives."""
        longest = timedelta(minutes=self.settings.policy.wait_unknown_minutes)
        return [row for row in self._rows(name, *UNCLEAR) if row["sent_at"] + longest <= self.store.clock()]

    def _read_back(self, name: str) -> None:
        """What people did with the tickets. A person's word is final: what they closed or deleted stays so.

        Answers are landed before the prompts say so: what dies in between is read again.
        """
        heard = [(row, state, review) for row in self._asked(name) for state, review in self._heard(name, row)]
        reviews = [review for _, _, review in heard if review]
        if reviews:
            present = now()  # the tracker's clock may be ahead of ours
            window = Window(min(present, *(review.held_at or present for review in reviews)), present)
            landing = self.store.land("prompts", window, reviews, service_of=lambda _: None, now=present)
            check(self.store, [landing.pull_id])
            self.reviews_changed += landing.loaded
            sys.audit("soundings.prompt.answers_landed")
        for row, state, review in heard:
            self.figures["answered"] += state == "answered" != row["state"]
            said = {"answered_at": review.held_at, "disposition": review.disposition} if review else {}
            self.store.set(row["key"], None, state=state, **said)
            note("prompt_moved", **_names(row), state=state)

    def _heard(self, name: str, row: Row) -> list[tuple[str, Review | None]]:
        """What is new of one ticket. One that cannot be read keeps no other from being read."""
        tracker = self._tracker(name)
        try:
            return list(news(tracker, row))
        except Exception as error:  # noqa: BLE001 - whatever it is
            failure = failure_of(error, self.connection)
        if isinstance(failure, Refused | Busy) and not isinstance(failure, Rejected | Garbled):
            raise failure
        self._keep(f"trackers.{name}", failure.saying(f"{row['code']} cannot be read: {failure}"))
        return []

    def _asked(self, name: str) -> list[Row]:
        """What is being asked, and for a month what was answered: people may add a line."""
        long_ago = now() - timedelta(days=self.settings.policy.let_go_days)
        return [row for row in self._rows(name, *ASKED) if row["state"] != "answered" or row["opened_at"] > long_ago]


def _names(row: Row) -> Row:
    """Which prompt a line of the log is about."""
    return {"code": row["code"], "tracker": row["tracker"], "attempt": row["attempt"]}
