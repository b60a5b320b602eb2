"""What is already known about a story: an incident was declared, a review is on record, it was planned, a rehearsal or maintenance."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from transforms.near_misses.grouping import Story
from transforms.near_misses.hits import Tables
from transforms.near_misses.rows import each, known, rows
from transforms.policy import Policy

SEV2 = 2
REVIEWED = {"R1": "answered", "R2": "shared", "R3": "shared"}

_COLUMNS = ("severity_initial", "severity_max", "severity_final", "kind", "declared_at", "resolved_at")


class Incident(NamedTuple):
    """A declared incident and its severity rank, None where nothing maps the vendor's word."""

    native_id: str
    kind: str
    rank: int | None
    declared_at: Any
    resolved_at: Any


@dataclass(frozen=True, slots=True)
class Known:
    """Incidents by service and by id, and the level of review by what was reviewed."""

    incidents: dict[str, list[Incident]]
    by_id: dict[str, Incident]
    reviewed: dict[tuple[str, str], str]

    def incidents_of(self, story: Story) -> list[Incident]:
        """Incidents linked to the story, or of its services and overlapping it in time; the most severe first."""
        linked = [self.by_id[hit.incident_id] for hit in story if hit.incident_id in self.by_id]
        first, last = min(hit.started_at for hit in story), max(hit.ended_at for hit in story)
        near = [
            incident
            for service in {hit.service for hit in story} - {""}  # no service is not one service
            for incident in self.incidents.get(service, ())
            if incident.declared_at <= last and incident.resolved_at >= first
        ]
        return sorted({*linked, *near}, key=lambda incident: (incident.rank or 9, incident.declared_at, incident.native_id))

    def review_of(self, subjects: Sequence[tuple[str, str]]) -> str | None:
        """The highest level of review on record about any of these (kind, id)."""
        return max((self.reviewed[subject] for subject in subjects if subject in self.reviewed), default=None)


def known_facts(tables: Tables, policy: Policy) -> Known:
    """Incidents and reviews, ready to be asked about a story."""
    ranks = {word.casefold(): rank for word, rank in policy.severity.items()}
    of_service: dict[str, list[Incident]] = {}
    by_id: dict[str, Incident] = {}
    for row in each(rows(tables, "incidents", _COLUMNS, "declared_at")):
        words = (known(word) for word in (row.severity_initial, row.severity_max, row.severity_final))
        rank = min((ranks[str(word).casefold()] for word in words if str(word).casefold() in ranks), default=None)
        ended = known(row.resolved_at)
        resolved_at = pd.Timestamp(ended) if ended else row.declared_at + pd.Timedelta(hours=policy.group_max_hours)
        incident = Incident(row.native_id, known(row.kind) or "real", rank, row.declared_at, resolved_at)
        of_service.setdefault(row.service, []).append(incident)
        by_id[incident.native_id] = incident
    return Known(of_service, by_id, review_levels(tables))


def review_levels(tables: Tables) -> dict[tuple[str, str], str]:
    """What was reviewed (kind, id) -> the highest level on record: R2 or more, or R1 with a disposition."""
    reviews = tables.get("reviews", pd.DataFrame()).reindex(columns=["subject_kind", "subject_id", "level", "disposition"])
    enough = reviews["level"].isin(["R2", "R3"]) | ((reviews["level"] == "R1") & reviews["disposition"].notna())
    found: dict[tuple[str, str], str] = {}
    for kind, subject, level in zip(*(reviews.loc[enough, name] for name in ("subject_kind", "subject_id", "level")), strict=True):
        named = subject_of(str(kind), str(subject))
        found[named] = max(found.get(named, ""), str(level))
    return found


def subject_of(kind: str, native_id: str) -> tuple[str, str]:
    """What a review is about. A bare number means nothing without its kind; any other id says enough by itself."""
    return kind if native_id.isdigit() else "", native_id


def incident_stakes(incidents: Sequence[Incident]) -> int:
    """The tier of the most severe declared incident: 5 from SEV2 up, 4 below or where the severity is not known, 0 without one."""
    return max((5 if incident.rank is not None and incident.rank <= SEV2 else 4 for incident in incidents if incident.kind == "real"), default=0)


def aside_reason(story: Story, incidents: Sequence[Incident], placement: str) -> str | None:
    """Why nobody is asked about the story, None where somebody may be."""
    if any(incident.kind == "real" and incident.rank is not None and incident.rank <= SEV2 for incident in incidents):
        return "an incident was declared"
    staged = next((incident.kind for incident in incidents if incident.kind != "real"), None)
    if staged:
        return f"during {'maintenance' if staged == 'maintenance' else 'a ' + staged}"
    if all(hit.aside for hit in story):
        return story[0].aside
    return "below the line: counted only" if placement == "count" else None
