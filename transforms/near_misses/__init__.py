"""Near misses: what was put right before anybody called it an incident. Frames in, hits and stories out (docs/definitions.md)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import pandas as pd

from transforms.events import Events
from transforms.events.reviews import STATES
from transforms.near_misses.aside import Incident, Incidents, aside_reason
from transforms.near_misses.catalogue import BY_CODE, DETECTORS, fact
from transforms.near_misses.evaluation import evaluate
from transforms.near_misses.grouping import Story, stories
from transforms.near_misses.hits import digest, hit_frame, instants
from transforms.near_misses.runnable import not_runnable
from transforms.near_misses.scoring import confidence, placement, prominence, stakes

__all__ = ["COLUMNS", "DETECTORS", "Found", "evaluate", "near_misses"]

COLUMNS = (
    "key",
    "service",
    "team",
    "started_at",
    "ended_at",
    "confidence",
    "stakes",
    "placement",
    "state",
    "set_aside_reason",
    "hits",
    "detectors",
    "summary",
    "incident_id",
    "review_level",
)


class Found(NamedTuple):
    """`hits` (table near_miss_hits), `near_misses` (the table), `not_runnable`: detector -> source (`*`: all) -> what is missing."""

    hits: pd.DataFrame
    near_misses: pd.DataFrame
    not_runnable: dict[str, dict[str, str]]


def near_misses(events: Events) -> Found:
    """Every hit of every detector, and the stories they make.

    The order of rows and repeated rows change nothing. Hits are ordered by key, near misses by start.
    """
    held_back = {detector.code: reasons for detector in DETECTORS if (reasons := not_runnable(detector, events))}
    runnable = (detector for detector in DETECTORS if "*" not in held_back.get(detector.code, ()))
    told = stories((hit for detector in runnable for hit in detector.hits(events)), events.policy)
    incidents = Incidents(events)
    told_rows = [_row(story, incidents.of(story), events) for story in told]
    belongs = {hit.key: row["key"] for row, story in zip(told_rows, told, strict=True) for hit in story}
    frame = instants(pd.DataFrame(told_rows, columns=list(COLUMNS)), ("started_at", "ended_at"))
    return Found(hit_frame((hit for story in told for hit in story), belongs), frame, held_back)


def _row(story: Story, incidents: Sequence[Incident], events: Events) -> dict[str, Any]:
    key = digest(story[0].service, story[0].trigger_source, story[0].trigger_id)
    real = [incident for incident in incidents if incident.is_real]
    sure = confidence(story)
    at_stake = stakes(story, events.estate, max((incident.stakes for incident in real), default=0))
    place = placement(sure, at_stake, events.policy)
    level = events.reviews.level_of([("near_miss", key), *(("incident", incident.native_id) for incident in incidents), *_subjects(story)])
    aside = aside_reason(story, incidents, place)
    lead = min(story, key=lambda hit: prominence(hit.confidence, hit.family, hit.detector, hit.started_at, hit.service))
    return {
        "key": key,
        "service": lead.service,
        "team": events.estate.team_of(lead.service),
        "started_at": min(hit.started_at for hit in story),
        "ended_at": max(hit.ended_at for hit in story),
        "confidence": sure,
        "stakes": at_stake,
        "placement": place,
        "state": "set_aside" if aside else STATES[level],
        "set_aside_reason": aside,
        "hits": [hit.key for hit in story],
        "detectors": sorted({hit.detector for hit in story}),
        "summary": fact(lead.detector, lead.evidence, lead.ended_at - lead.started_at),
        "incident_id": real[0].native_id if real else None,
        "review_level": f"R{level}" if level else None,
    }


def _subjects(story: Story) -> list[tuple[str, str]]:
    """What a review of the story may name."""
    named = [(BY_CODE[hit.detector].subject_kind, name) for hit in story for name in (hit.trigger_id, hit.recovery_id)]
    return [*named, *(("near_miss", hit.key) for hit in story)]
