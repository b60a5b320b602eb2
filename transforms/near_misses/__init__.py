"""Near misses: what was put right before anybody called it an incident. Frames in, hits and stories out (docs/definitions.md)."""

from typing import Any, NamedTuple

import pandas as pd

from transforms.estate import Estate
from transforms.near_misses.aside import REVIEWED, Known, aside_reason, incident_stakes, known_facts, subject_of
from transforms.near_misses.catalogue import BY_CODE, DETECTORS, Detector, fact
from transforms.near_misses.evaluation import evaluate
from transforms.near_misses.grouping import Story, stories
from transforms.near_misses.hits import Tables, digest, hit_frame, instants
from transforms.near_misses.rows import missing, unknown_words
from transforms.near_misses.scoring import confidence, placement, stakes
from transforms.policy import Policy

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


def near_misses(tables: Tables, estate: Estate, policy: Policy) -> Found:
    """Every hit of every detector, and the stories they make.

    `tables` has frames named as the warehouse tables, with `source` and `service`, without withdrawn rows; a table or a column may be
    absent. The order of rows and repeated rows change nothing. Hits are ordered by key, near misses by start.
    """
    not_runnable = _not_runnable(tables)
    runnable = (detector for detector in DETECTORS if "*" not in not_runnable.get(detector.code, ()))
    told = stories((hit for detector in runnable for hit in detector.hits(tables, estate, policy)), policy)
    facts = known_facts(tables, policy)
    told_rows = [_row(story, facts, estate, policy) for story in told]
    belongs = {hit.key: row["key"] for row, story in zip(told_rows, told, strict=True) for hit in story}
    frame = instants(pd.DataFrame(told_rows, columns=list(COLUMNS)), ("started_at", "ended_at"))
    return Found(hit_frame((hit for story in told for hit in story), belongs), frame, not_runnable)


def _row(story: Story, facts: Known, estate: Estate, policy: Policy) -> dict[str, Any]:
    key = digest(story[0].service, story[0].trigger_source, story[0].trigger_id)
    incidents = facts.incidents_of(story)
    real = [incident for incident in incidents if incident.kind == "real"]
    sure, at_stake = confidence(story), stakes(story, estate, incident_stakes(incidents))
    place = placement(sure, at_stake, policy)
    review = facts.review_of(
        [subject_of("near_miss", key), *(subject_of("incident", incident.native_id) for incident in incidents), *_subjects(story)]
    )
    aside = aside_reason(story, incidents, place)
    surest = max(story, key=lambda hit: hit.confidence)
    return {
        "key": key,
        "service": story[0].service,
        "team": estate.team_of(story[0].service),
        "started_at": min(hit.started_at for hit in story),
        "ended_at": max(hit.ended_at for hit in story),
        "confidence": sure,
        "stakes": at_stake,
        "placement": place,
        "state": "set_aside" if aside else REVIEWED.get(review or "", "noticed"),
        "set_aside_reason": aside,
        "hits": [hit.key for hit in story],
        "detectors": sorted({hit.detector for hit in story}),
        "summary": fact(surest.detector, surest.evidence, surest.ended_at - surest.started_at),
        "incident_id": real[0].native_id if real else None,
        "review_level": review,
    }


def _subjects(story: Story) -> list[tuple[str, str]]:
    """What a review of the story may name."""
    named = [subject_of(BY_CODE[hit.detector].subject_kind, name) for hit in story for name in (hit.trigger_id, hit.recovery_id)]
    return [*named, *(subject_of("near_miss", hit.key) for hit in story)]


def _not_runnable(tables: Tables) -> dict[str, dict[str, str]]:
    found = {detector.code: _lacks(tables, detector) for detector in DETECTORS}
    return {code: reasons for code, reasons in found.items() if reasons}


def _lacks(tables: Tables, detector: Detector) -> dict[str, str]:
    odd = unknown_words(tables, *detector.words) if detector.words else {}
    return odd | {source: why for table, needs in detector.needs for source, why in missing(tables, table, needs).items()}
