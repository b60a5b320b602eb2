"""What people did with a ticket: where its prompt stands now, and what was answered."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Any

from connectors.registry import Tracker
from signals.automation import is_program
from signals.clock import now
from signals.records import Review


def news(tracker: Tracker, row: Mapping[str, Any]) -> Iterator[tuple[str, Review | None]]:
    """The state a prompt is in now and what was answered; nothing where nothing new happened."""
    from transforms.prompts import answer  # noqa: PLC0415 - pandas takes seconds to import

    ticket = tracker.read(row["number"])
    said = answer(ticket.body, ticket.comments, ours=ticket.account) if ticket else None
    if said:
        held_at: datetime = said.answered_at or row["answered_at"] or now()
        yield (
            "answered",
            Review(
                native_id=row["key"],
                subject_kind=row["subject_kind"],
                subject_id=row["subject_key"],
                level=said.level,
                disposition=", ".join(said.dispositions) or None,
                learning=said.learning,
                held_at=held_at,
                url=row["url"],
            ),
        )
    elif row["state"] == "answered":
        return
    elif ticket is None or (not ticket.is_open and not is_program(ticket.closed_by or "")):
        yield "closed", None
    elif ticket.is_touched:
        yield "talking", None
