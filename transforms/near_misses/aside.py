"""What is already known about a story: an incident was declared, a review is on record, it was planned, a rehearsal or maintenance."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, NamedTuple

from transforms.events import Events
from transforms.events.rows import each, known
from transforms.near_misses.grouping import Story


class Incident(NamedTuple):
    """A declared incident that a story has to do with."""

    native_id: str
    kind: str
    is_real: bool
    is_severe: bool
    stakes: int
    rank: int | None
    declared_at: Any
    until: Any


class Incidents:
    """Incidents by service and by id."""

    def __init__(self, events: Events) -> None:
        """Every incident on record, real or not."""
        self._gap = timedelta(hours=events.policy.group_gap_hours)
        self._of_service: dict[str, list[Incident]] = defaultdict(list)
        self._by_id: dict[str, Incident] = {}
        for row in each(events.incidents):
            found = Incident(row.native_id, row.kind, row.is_real, row.is_severe, row.stakes, known(row.rank), row.declared_at, row.until)
            self._of_service[row.service].append(found)
            self._by_id[found.native_id] = found

    def of(self, story: Story) -> list[Incident]:
        """Those linked to the story, or of its services and overlapping it in time, or declared soon after its end; the most severe first."""
        linked = [self._by_id[hit.incident_id] for hit in story if hit.incident_id in self._by_id]
        first, last = min(hit.started_at for hit in story), max(hit.ended_at for hit in story)
        near = [
            incident
            for service in {hit.service for hit in story} - {""}  # no service is not one service
            for incident in self._of_service.get(service, ())
            if incident.declared_at <= last + self._gap and incident.until >= first
        ]
        return sorted({*linked, *near}, key=lambda incident: (incident.rank or 9, incident.declared_at, incident.native_id))


def aside_reason(story: Story, incidents: Sequence[Incident], placement: str) -> str | None:
    """Why nobody is asked about the story, None where somebody may be."""
    if any(incident.is_real and incident.is_severe for incident in incidents):
        return "an incident was declared"
    staged = next((incident.kind for incident in incidents if not incident.is_real), None)
    if staged:
        return f"during {'maintenance' if staged == 'maintenance' else 'a ' + staged}"
    if all(hit.aside for hit in story):
        return story[0].aside
    return "below the line: counted only" if placement == "count" else None
